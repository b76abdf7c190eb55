import type { Socket } from "node:net";
import { DiscoveryError } from "@rollcall/core";
import { FrameReader } from "@rollcall/core/provider";
import { PendingQuestions } from "./pending-questions.js";
import { signedFields } from "./protocol/acl-signature.js";
import { foreignProtocol, TELLING_BYTES } from "./protocol/foreign-protocol.js";
import { decodeFrame, encodeRequest, FRAME_BOUNDS, type RemotingCommand } from "./protocol/remoting-frame.js";
import { malformed } from "./protocol/remoting-header.js";
import { CLOSING_HINT, rocketmqError } from "./rocketmq-error.js";
import type { RocketmqClientOptions } from "./rocketmq-options.js";
import type { RemotingAnswer, RemotingRequest, RocketmqConnection } from "./rocketmq-transport.js";

/** A socket that is connected, as a connection that can be asked. It fails once, for whatever ends it first, and then the socket is destroyed. */
export class RemotingConnection implements RocketmqConnection {
  readonly #socket: Socket;
  readonly #peer: string;
  readonly #client: RocketmqClientOptions;
  readonly #frames = new FrameReader(FRAME_BOUNDS);
  readonly #questions = new PendingQuestions();
  #opaque = 0;
  /** The first bytes that came: they tell what the server is if it is not RocketMQ's. */
  #head: Uint8Array = new Uint8Array();
  /** How many bytes came that belong to no complete frame yet. */
  #pendingBytes = 0;
  #failure: DiscoveryError | undefined;

  /**
   * @param socket - connected, its handshake done; the connection owns it from now on
   * @param peer - `host:port`, for messages
   * @param client - its `acl` is read at every request
   */
  constructor(socket: Socket, peer: string, client: RocketmqClientOptions) {
    this.#socket = socket;
    this.#peer = peer;
    this.#client = client;
    socket.on("data", (chunk: Uint8Array) => this.#read(chunk));
    socket.on("error", (error) => this.#fail(rocketmqError(error, peer)));
    socket.on("end", () => this.#fail(this.#closed()));
    socket.on("close", () => this.#fail(this.#closed()));
  }

  async request(request: RemotingRequest, { signal }: { readonly signal: AbortSignal }): Promise<RemotingAnswer> {
    signal.throwIfAborted();
    if (this.#failure) throw this.#failure;
    const opaque = this.#opaque;
    const frame = this.#encode(request, opaque);
    this.#opaque = (opaque + 1) | 0; // it wraps as Java's does
    const answer = this.#questions.ask(opaque, signal);
    this.#socket.write(frame);
    return await answer;
  }

  close(): void {
    this.#fail(unavailable(`the connection to ${this.#peer} has been closed on this side`));
  }

  #encode({ code, fields = {}, body }: RemotingRequest, opaque: number): Uint8Array {
    try {
      const { acl } = this.#client;
      return encodeRequest({ code, fields: acl ? signedFields(acl, fields, body) : fields, body }, opaque);
    } catch (thrown) {
      throw rocketmqError(thrown, `a request to ${this.#peer}`);
    }
  }

  #read(chunk: Uint8Array): void {
    if (this.#failure) return;
    try {
      this.#checkHead(chunk);
      this.#pendingBytes += chunk.length;
      for (const frame of this.#frames.push(chunk)) {
        this.#pendingBytes -= 4 + frame.length;
        this.#take(decodeFrame(frame));
      }
    } catch (thrown) {
      this.#fail(malformed(`${this.#peer} sent what is no answer: ${reasonOf(thrown)}`, thrown));
    }
  }

  #checkHead(chunk: Uint8Array): void {
    const missing = TELLING_BYTES - this.#head.length;
    if (missing === 0) return;
    this.#head = Buffer.concat([this.#head, chunk.subarray(0, missing)]);
    const foreign = foreignProtocol(this.#head);
    if (foreign) throw new Error(foreign);
  }

  /** A server may ask too (`NOTIFY_CONSUMER_IDS_CHANGED`), and an answer may come when nobody waits for it any more: neither concerns anybody here. */
  #take({ answer, opaque, code, remark, fields, body }: RemotingCommand): void {
    if (answer) this.#questions.answer(opaque, { code, remark, fields, body });
  }

  #closed(): DiscoveryError {
    if (this.#pendingBytes > 0) return unavailable(`${this.#peer} closed the connection in the middle of an answer`);
    const hint = this.#head.length === 0 ? `; ${CLOSING_HINT}` : "";
    return unavailable(`${this.#peer} closed the connection${hint}`);
  }

  #fail(failure: DiscoveryError): void {
    if (this.#failure) return;
    this.#failure = failure;
    this.#socket.destroy();
    this.#questions.fail(failure);
  }
}

function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message.replace(/^\[rocketmq\] \[\w+\] /, "") : "";
}

function unavailable(text: string): DiscoveryError {
  return new DiscoveryError("UNAVAILABLE", text, { source: "rocketmq" });
}
