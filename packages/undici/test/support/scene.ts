import { type Endpoint, MetadataPoller, type MetadataSource, type PollerOptions } from "@rollcall/core";
import type { Dispatcher } from "undici";
import { afterEach } from "vitest";
import { type UndiciDispatcherOptions, undiciDispatcher } from "../../src/index.js";
import { BareServer, MemberServer, type ServerHow } from "./server.js";

/** A cluster, its poller and dispatchers on it, of one test; they end with it. */
export class Scene {
  /** Whom the cluster lists. Undefined: it does not answer. */
  listed: readonly Endpoint[] | undefined;
  /** What a poll fails with then. */
  failure: Error = new Error("the cluster does not answer");
  /** Who was suspected, by id or address, and of what. */
  readonly suspicions: { readonly of: string; readonly cause: unknown }[] = [];
  /** How polling begins and ends. */
  readonly watches: AbortSignal[] = [];
  readonly poller: MetadataPoller<readonly Endpoint[]>;
  readonly #endings: (() => unknown)[] = [];

  constructor(options: PollerOptions = {}) {
    const source: MetadataSource<readonly Endpoint[]> = {
      key: "scene",
      fetch: async () => {
        if (this.listed === undefined) throw this.failure;
        return this.listed;
      },
      endpoints: (listed) => listed,
      watch: ({ signal }) => void this.watches.push(signal),
    };
    this.poller = new MetadataPoller(source, { minIntervalMs: 10, guard: () => true, ...options });
    const suspect = this.poller.suspect.bind(this.poller);
    this.poller.suspect = (at, about) => {
      const known = this.listed?.find(({ host, port }) => host === at.host && port === at.port);
      this.suspicions.push({ of: known?.id ?? `${at.host}:${at.port}`, cause: about?.cause });
      suspect(at, about);
    };
    this.#endings.push(() => this.poller.close());
  }

  async server(name: string, how?: ServerHow): Promise<MemberServer> {
    const server = await MemberServer.start(name, how);
    this.#endings.unshift(() => server.kill());
    return server;
  }

  async bare(...how: Parameters<typeof BareServer.start>): Promise<BareServer> {
    const server = await BareServer.start(...how);
    this.#endings.unshift(() => server.kill());
    return server;
  }

  /** The cluster lists these from now on; resolves when the poller knows, if anybody listens. */
  async list(...endpoints: readonly Endpoint[]): Promise<void> {
    this.listed = endpoints;
    if (this.poller.snapshot !== undefined) await this.poller.refresh();
  }

  dispatcher(options?: UndiciDispatcherOptions): Dispatcher {
    const dispatcher = undiciDispatcher(this.poller, options);
    this.#endings.unshift(() => dispatcher.destroy());
    return dispatcher;
  }

  /** A member that is listed beside the others. */
  async start(name: string, how?: ServerHow): Promise<MemberServer> {
    const server = await this.server(name, how);
    await this.list(...(this.listed ?? []), server.endpoint);
    return server;
  }

  async end(): Promise<void> {
    for (const ending of this.#endings) await ending();
  }
}

/** A new scene for each test of the file. */
export function sceneOfEachTest(options?: PollerOptions): () => Scene {
  let scene: Scene | undefined;
  afterEach(async () => {
    await scene?.end();
    scene = undefined;
  });
  return () => {
    scene ??= new Scene(options);
    return scene;
  };
}
