import { EventEmitter, once } from "node:events";
import { type AddressInfo, connect, createServer, type Server as NetServer, type Socket } from "node:net";
import { type handleUnaryCall, Server, ServerCredentials, type ServiceDefinition } from "@grpc/grpc-js";

/** What a client sent along. */
export interface Asked {
  readonly metadata: Record<string, unknown>;
  /** Milliseconds since the epoch; infinite without one. */
  readonly deadline: number;
}

/** What `MemberList` is answered with. */
export type Answer = (asked: Asked) => Uint8Array | Promise<Uint8Array>;

const toBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes);

const service: ServiceDefinition = {
  memberList: {
    path: "/etcdserverpb.Cluster/MemberList",
    requestStream: false,
    responseStream: false,
    requestSerialize: toBuffer,
    requestDeserialize: toBuffer,
    responseSerialize: toBuffer,
    responseDeserialize: toBuffer,
  },
};

/** A listener on loopback that counts the sockets it accepted and can cut them. */
export class Listener implements AsyncDisposable {
  accepted = 0;
  readonly #sockets = new Set<Socket>();
  readonly #server: NetServer;

  constructor(onSocket: (socket: Socket) => void) {
    this.#server = createServer({ noDelay: true }, (socket) => {
      this.accepted += 1;
      this.#sockets.add(socket);
      socket.on("error", () => undefined).once("close", () => this.#sockets.delete(socket));
      onSocket(socket);
      this.#server.emit("accepted");
    });
  }

  async listen(): Promise<this> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Sockets that are open now. */
  get open(): number {
    return this.#sockets.size;
  }

  /** Resolves when every socket is closed. */
  async idle(): Promise<void> {
    for (const socket of this.#sockets) await once(socket, "close");
  }

  /** Resolves when somebody has connected. */
  async reached(): Promise<void> {
    if (this.accepted === 0) await once(this.#server, "accepted");
  }

  /** Resets every connection; new ones are still accepted. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.cut();
    await once(this.#server, "close");
  }
}

/** Accepts connections and never says a word, like a stopped process. */
export function frozenMember(): Promise<Listener> {
  return new Listener((socket) => socket.resume()).listen();
}

/** A gRPC server that knows `MemberList` only, behind a {@link Listener}. */
export class LoopbackMember implements AsyncDisposable {
  readonly listener: Listener;
  readonly #server = new Server();
  #port = 0;
  calls = 0;
  /** `called` and `cancelled`, as the server sees them. */
  readonly events: EventEmitter = new EventEmitter();
  answer: Answer;

  constructor(answer: Answer) {
    this.answer = answer;
    this.listener = new Listener((socket) => {
      const inner = connect({ port: this.#port, host: "127.0.0.1", noDelay: true });
      inner.on("error", () => undefined).once("close", () => socket.destroy());
      socket.once("close", () => inner.destroy());
      socket.pipe(inner).pipe(socket);
    });
  }

  async start(credentials: ServerCredentials = ServerCredentials.createInsecure()): Promise<this> {
    const memberList: handleUnaryCall<Uint8Array, Uint8Array> = (call, callback) => {
      this.calls += 1;
      call.once("cancelled", () => this.events.emit("cancelled"));
      this.events.emit("called");
      Promise.resolve({ metadata: call.metadata.getMap(), deadline: Number(call.getDeadline()) })
        .then(this.answer)
        .then((bytes) => callback(null, bytes), callback);
    };
    this.#server.addService(service, { memberList });
    this.#port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync("127.0.0.1:0", credentials, (error, port) => (error === null ? resolve(port) : reject(error)));
    });
    await this.listener.listen();
    return this;
  }

  get url(): string {
    return this.listener.url;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.forceShutdown();
    await this.listener[Symbol.asyncDispose]();
  }
}
