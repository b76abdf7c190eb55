import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { FrameReader } from "@rollcall/core/provider";
import { onTestFinished } from "vitest";
import { FRAME_BOUNDS } from "../../src/protocol/remoting-frame.js";

/** A bare connection that ends with the test: bytes out, bytes and frames in. */
export class RawSocket {
  readonly #socket: Socket;
  readonly #chunks: Buffer[] = [];
  /** Resolves once the other side has closed. */
  readonly closed: Promise<unknown>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.closed = once(socket, "close");
    socket.on("error", () => {}).on("data", (chunk) => this.#chunks.push(chunk));
    onTestFinished(() => void socket.destroy());
  }

  /** Resolves once it is connected. */
  static async connect(address: string): Promise<RawSocket> {
    const { hostname, port } = new URL(`rocketmq://${address}`);
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    return new RawSocket(socket);
  }

  /** Sends bytes as they are. */
  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Everything that came. */
  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** The first frame that came, without its length, once it is complete. */
  async frame(): Promise<Uint8Array> {
    while (true) {
      const [first] = new FrameReader(FRAME_BOUNDS).push(this.received);
      if (first !== undefined) return first;
      await Promise.race([once(this.#socket, "data"), this.closed.then(() => Promise.reject(new Error("closed before a frame came")))]);
    }
  }
}
