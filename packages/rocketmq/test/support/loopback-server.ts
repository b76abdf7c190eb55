import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { onTestFinished } from "vitest";
import { decodeFrame, MAX_FRAME_BYTES, type RemotingCommand } from "../../src/protocol/remoting-frame.js";
import { remotingTransport } from "../../src/remoting-transport.js";
import type { RocketmqClientOptions } from "../../src/rocketmq-options.js";
import type { RocketmqAddress, RocketmqConnection } from "../../src/rocketmq-transport.js";

/** What a test does with each request: write an answer, half of one, garbage, or nothing. */
export type Script = (request: RemotingCommand, socket: Socket) => void;

/** A server on a free port of 127.0.0.1 that cuts what it reads into frames and does what a test scripts. */
export class LoopbackServer implements AsyncDisposable {
  readonly #server: Server;
  /** The connections that are open. */
  readonly sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Ends with the test. */
  static async start(script: Script = () => undefined, tls?: TlsOptions): Promise<LoopbackServer> {
    const server = tls ? createTlsServer(tls) : createServer();
    const loopback = new LoopbackServer(server);
    server.on("connection", (socket: Socket) => {
      loopback.sockets.add(socket.on("error", () => undefined).on("close", () => loopback.sockets.delete(socket)));
    });
    server.on("tlsClientError", () => undefined);
    server.on(tls ? "secureConnection" : "connection", (socket: Socket) => reading(socket, script));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => loopback[Symbol.asyncDispose]());
    return loopback;
  }

  get address(): RocketmqAddress {
    const address = this.#server.address();
    if (typeof address !== "object" || address === null) throw new Error("it does not listen");
    return { host: "127.0.0.1", port: address.port };
  }

  /** `127.0.0.1:port`, as messages name it. */
  get peer(): string {
    return `127.0.0.1:${this.address.port}`;
  }

  /** Resolves with the next connection. */
  accepted(): Promise<Socket> {
    return new Promise((resolve) => this.#server.once("connection", resolve));
  }

  /** Resolves once every connection is gone. */
  async idle(): Promise<void> {
    await Promise.all([...this.sockets].map((socket) => new Promise((resolve) => socket.once("close", resolve))));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return;
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function reading(socket: Socket, script: Script): void {
  let read: Buffer = Buffer.alloc(0);
  socket
    .on("error", () => undefined)
    .on("data", (chunk: Buffer) => {
      read = Buffer.concat([read, chunk]);
      // A TLS record is no frame: nothing ever comes of it.
      while (read.length >= 4 && read.readInt32BE() <= Math.min(read.length - 4, MAX_FRAME_BYTES)) {
        const end = 4 + read.readInt32BE();
        script(decodeFrame(read.subarray(4, end)), socket);
        read = read.subarray(end);
      }
    });
}

/** A signal that never fires. */
export const never: AbortSignal = new AbortController().signal;

/** A connection that is closed when the test is over. */
export async function connected(address: RocketmqAddress, client: RocketmqClientOptions = {}): Promise<RocketmqConnection> {
  const connection = await remotingTransport(client).connect(address, { signal: new AbortController().signal });
  onTestFinished(() => connection.close());
  return connection;
}

/** Connects, asks for the brokers, and tells what that fails with. */
export async function failed(address: RocketmqAddress, client: RocketmqClientOptions = {}): Promise<unknown> {
  try {
    const connection = await connected(address, client);
    await connection.request({ code: 106 }, { signal: never });
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
}
