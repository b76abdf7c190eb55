import type { ChannelCredentials, ClientOptions } from "@grpc/grpc-js";
import { afterEach } from "vitest";
import { type GrpcTargetOptions, grpcTarget } from "../../src/index.js";
import type { Grpc } from "./copies.js";
import { FakeFeed } from "./fake-feed.js";
import { type ServerHow, WhoamiClient, WhoamiServer } from "./whoami.js";

/** A feed, servers and clients of one test, stopped when it ends. */
export class Scene {
  readonly feed: FakeFeed = new FakeFeed();
  readonly #endings: (() => void)[] = [];

  constructor() {
    this.#endings.push(() => this.feed.close());
  }

  async server(name: string, how?: ServerHow): Promise<WhoamiServer> {
    const server = await WhoamiServer.start(name, how);
    this.#endings.unshift(() => server.stop());
    return server;
  }

  /** A client on the feed; `through` is what registers the target, if not the copy itself. */
  client(grpc: Grpc, options: ClientOptions = {}, through: GrpcTargetOptions["grpc"] = grpc): WhoamiClient {
    return this.clientAt(grpcTarget(this.feed, { grpc: through }), grpc, options);
  }

  clientAt(target: string, grpc: Grpc, options: ClientOptions = {}, credentials?: ChannelCredentials): WhoamiClient {
    const client = new WhoamiClient(grpc, target, options, credentials);
    this.#endings.unshift(() => client.close());
    return client;
  }

  end(): void {
    for (const ending of this.#endings) ending();
  }
}

/** A new scene for each test of the file. */
export function sceneOfEachTest(): () => Scene {
  let scene: Scene | undefined;
  afterEach(() => {
    scene?.end();
    scene = undefined;
  });
  return () => {
    scene ??= new Scene();
    return scene;
  };
}
