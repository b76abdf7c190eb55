import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { MAX_FRAME_BYTES } from "../../src/frame-cap.js";
import type { KafkaAddress } from "../../src/kafka-transport.js";
import { WireReader } from "../../src/protocol/wire-reader.js";
import { WireWriter } from "../../src/protocol/wire-writer.js";
import { describeClusterAnswer } from "./kafka-answers.js";

/** One request, as it came. */
export interface LoopbackRequest {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
  /** What follows the client id; of a flexible version that begins with the tags of the header. */
  readonly body: Uint8Array;
}

/** What a test does with each frame, its length already taken off: write an answer, half of one, garbage, or nothing. */
export type Script = (frame: Uint8Array, socket: Socket) => void;

/** A server on a free port of 127.0.0.1 that cuts what it reads into frames and does what a test scripts. */
export class LoopbackBroker implements AsyncDisposable {
  readonly #server: Server;
  /** The connections that are open. */
  readonly sockets = new Set<Socket>();
  /** How many connections there have been. */
  connections = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(script: Script, tls?: TlsOptions): Promise<LoopbackBroker> {
    const server = tls ? createTlsServer(tls) : createServer();
    const broker = new LoopbackBroker(server);
    server.on("connection", (socket: Socket) => {
      broker.connections++;
      broker.sockets.add(socket.on("error", () => undefined).on("close", () => broker.sockets.delete(socket)));
    });
    server.on(tls ? "secureConnection" : "connection", (socket: Socket) => {
      let read: Buffer = Buffer.alloc(0);
      socket
        .on("error", () => undefined)
        .on("data", (chunk: Buffer) => {
          read = Buffer.concat([read, chunk]);
          // A TLS record or an HTTP request is no frame: nothing ever comes of it.
          while (read.length >= 4 && read.readInt32BE() <= Math.min(read.length - 4, MAX_FRAME_BYTES)) {
            const end = 4 + read.readInt32BE();
            script(read.subarray(4, end), socket);
            read = read.subarray(end);
          }
        });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return broker;
  }

  get address(): KafkaAddress {
    const address = this.#server.address();
    if (typeof address !== "object" || address === null) throw new Error("it does not listen");
    return { host: "127.0.0.1", port: address.port };
  }

  /** Resolves once every connection is gone. */
  async idle(): Promise<void> {
    await Promise.all([...this.sockets].map((socket) => new Promise((resolve) => socket.once("close", resolve))));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export function readRequest(frame: Uint8Array): LoopbackRequest {
  const wire = new WireReader(frame);
  const head = { apiKey: wire.int16(), apiVersion: wire.int16(), correlationId: wire.int32(), clientId: wire.nullableString() };
  return { ...head, body: wire.rest() };
}

/** A whole answer, with its length and the correlation id before the body. */
export function answerTo({ correlationId }: Pick<LoopbackRequest, "correlationId">, body: Uint8Array): Uint8Array {
  return new WireWriter().bytes(new WireWriter().int32(correlationId).raw(body).finish()).finish();
}

/** The body of an answer to ApiVersions 0: key, oldest and newest version of each. */
export function apiVersions(...known: readonly (readonly [key: number, min: number, max: number])[]): Uint8Array {
  const wire = new WireWriter().int16(0);
  return wire.array(known, ([key, min, max]) => wire.int16(key).int16(min).int16(max)).finish();
}

/** By api key: the body of an answer, or nothing for silence. */
export type Answers = Readonly<Record<number, (request: LoopbackRequest, socket: Socket) => Uint8Array | undefined>>;

/** Answers what is given, and otherwise as a broker that knows ApiVersions, SASL and DescribeCluster 2 does. */
export function answering(answers: Answers = {}): Script {
  const all: Answers = {
    18: () => apiVersions([3, 0, 13], [17, 0, 1], [18, 0, 4], [36, 0, 2], [60, 0, 2]),
    60: ({ apiVersion }) => describeClusterAnswer(apiVersion),
    ...answers,
  };
  return (frame, socket) => {
    const request = readRequest(frame);
    const body = all[request.apiKey]?.(request, socket);
    if (body) socket.write(answerTo(request, body));
  };
}
