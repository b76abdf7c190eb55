import * as grpc from "@grpc/grpc-js";
import { type Endpoint, hostPort, isDiscoveryError } from "@rollcall/core";
import type { Certificate } from "./certificates.js";
import type { Grpc } from "./copies.js";
import { endpoint } from "./fake-feed.js";

const passthrough = (bytes: Buffer): Buffer => bytes;
const serialization = {
  requestSerialize: passthrough,
  requestDeserialize: passthrough,
  responseSerialize: passthrough,
  responseDeserialize: passthrough,
};

/** Who answers, and over which of the client's ports: a new port means a new connection. */
export interface Answered {
  readonly by: string;
  readonly from: string;
}

export const whoami = {
  ask: { path: "/test.Whoami/Ask", requestStream: false, responseStream: false, ...serialization },
  talk: { path: "/test.Whoami/Talk", requestStream: true, responseStream: true, ...serialization },
} as const;

/** How a server answers one question; `undefined`: not at all. */
export type Answering = ((call: grpc.ServerUnaryCall<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) => void) | undefined;

/** Where a server listens, by default 127.0.0.1, and how. */
export interface ServerHow {
  readonly host?: string;
  readonly tls?: Certificate;
  readonly options?: grpc.ServerOptions;
}

/** A server that says its name. */
export class WhoamiServer {
  readonly endpoint: Endpoint;
  /** How often it was asked. */
  asked = 0;
  /** From now on it does this instead. */
  instead: { readonly answer: Answering } | undefined;
  readonly #server: grpc.Server;

  private constructor(server: grpc.Server, at: Endpoint) {
    this.#server = server;
    this.endpoint = at;
  }

  /** From now on it is silent. */
  hush(): void {
    this.instead = { answer: undefined };
  }

  /** From now on every question ends with this status. */
  refuse(code: number): void {
    this.instead = { answer: (_call, done) => done({ code, details: "as told" }) };
  }

  static async start(name: string, { host = "127.0.0.1", tls, options = {} }: ServerHow = {}): Promise<WhoamiServer> {
    const server = new grpc.Server(options);
    let self: WhoamiServer | undefined;
    const answer = (peer: string): Buffer => Buffer.from(JSON.stringify({ by: name, from: peer } satisfies Answered));
    server.addService(whoami, {
      ask: (call: grpc.ServerUnaryCall<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) => {
        if (self !== undefined) self.asked += 1;
        if (self?.instead === undefined) done(null, answer(call.getPeer()));
        else self.instead.answer?.(call, done);
      },
      talk: (call: grpc.ServerDuplexStream<Buffer, Buffer>) => {
        call.on("data", () => call.write(answer(call.getPeer())));
        call.on("end", () => call.end());
      },
    });
    const credentials = tls
      ? grpc.ServerCredentials.createSsl(null, [{ cert_chain: tls.cert, private_key: tls.key }])
      : grpc.ServerCredentials.createInsecure();
    const bound = await new Promise<number>((resolve, reject) => {
      server.bindAsync(hostPort.format({ host, port: 0 }), credentials, (error, at) => (error ? reject(error) : resolve(at)));
    });
    self = new WhoamiServer(server, endpoint(host, bound, name));
    return self;
  }

  stop(): void {
    this.#server.forceShutdown();
  }
}

export const roundRobin = { "grpc.service_config": JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }], methodConfig: [] }) };

/** An open stream, and the status it ends with. */
export interface Talk {
  say(): Promise<Answered>;
  end(): void;
  cancel(): void;
  readonly ended: Promise<number>;
}

/** A client of one copy of grpc-js. */
export class WhoamiClient {
  readonly #grpc: Grpc;
  readonly #client: grpc.Client;

  constructor(copy: Grpc, target: string, options: grpc.ClientOptions = {}, credentials = copy.credentials.createInsecure()) {
    this.#grpc = copy;
    this.#client = new copy.Client(target, credentials, { "grpc.use_local_subchannel_pool": 1, ...options });
  }

  get channel(): grpc.Channel {
    return this.#client.getChannel() as grpc.Channel;
  }

  ask(options: { waitForReady?: boolean; timeoutMs?: number; signal?: AbortSignal } = {}): Promise<Answered> {
    const metadata = new this.#grpc.Metadata({ waitForReady: options.waitForReady ?? false });
    const deadline = Date.now() + (options.timeoutMs ?? 10_000);
    return new Promise((resolve, reject) => {
      const call = this.#client.makeUnaryRequest(
        whoami.ask.path,
        passthrough,
        passthrough,
        Buffer.alloc(0),
        metadata,
        { deadline },
        (error, bytes) => {
          if (error) reject(error);
          else resolve(JSON.parse(String(bytes)));
        },
      );
      options.signal?.addEventListener("abort", () => call.cancel(), { once: true });
    });
  }

  /** Who answered `times` calls, one after another. */
  async names(times: number): Promise<Set<string>> {
    const names = new Set<string>();
    for (let i = 0; i < times; i++) names.add((await this.ask()).by);
    return names;
  }

  /** Asks until this server has answered. */
  async until(name: string): Promise<void> {
    while ((await this.ask()).by !== name) await new Promise(setImmediate);
  }

  /** An open stream: each `say()` resolves with who answered it. */
  talk(timeoutMs = 60_000): Talk {
    const stream = this.#client.makeBidiStreamRequest(whoami.talk.path, passthrough, passthrough, { deadline: Date.now() + timeoutMs });
    stream.on("error", () => undefined); // as its status says
    const ended = new Promise<number>((resolve) => void stream.once("status", ({ code }) => resolve(code)));
    const answers = stream[Symbol.asyncIterator]();
    return {
      say: async () => {
        stream.write(Buffer.alloc(0));
        return JSON.parse(String((await answers.next()).value));
      },
      end: () => stream.end(),
      cancel: () => stream.cancel(),
      ended,
    };
  }

  /** Resolves when the channel has left this state. */
  left(state: grpc.connectivityState): Promise<void> {
    return new Promise((resolve, reject) => {
      this.channel.watchConnectivityState(state, Date.now() + 10_000, (error) => (error ? reject(error) : resolve()));
    });
  }

  close(): void {
    this.#client.close();
  }
}

/** What a call, or anything else, ends with. */
export async function failureOf(outcome: Promise<unknown>): Promise<{ readonly code: unknown; readonly message: string }> {
  try {
    await outcome;
  } catch (error) {
    if (isDiscoveryError(error) || error instanceof Error) return { code: (error as { code?: unknown }).code, message: error.message };
  }
  throw new Error("it did not fail");
}
