import { once } from "node:events";
import { connect } from "node:net";

const ANSWER_WITHIN_MS = 1_000;
const CLIENT_ID = "operator";

/** One request of a flexible version: what follows its header. */
export interface RawRequest {
  readonly key: number;
  readonly version: number;
  readonly body: Buffer;
}

/** Puts one request to a node's plaintext listener and resolves with what follows the header of the answer. Rejects after 1 s of silence. */
export async function ask(port: number, { key, version, body }: RawRequest): Promise<WireReader> {
  const header = Buffer.concat([int16(key), int16(version), int32(0), int16(CLIENT_ID.length), Buffer.from(CLIENT_ID), int8(0)]);
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    socket.setTimeout(ANSWER_WITHIN_MS, () => socket.destroy(new Error(`port ${port} is silent`)));
    socket.write(Buffer.concat([int32(header.length + body.length), header, body]));
    let answer = Buffer.alloc(0);
    for await (const chunk of socket) {
      answer = Buffer.concat([answer, chunk as Buffer]);
      // Size, correlation id and the header's tags stand before the body.
      if (answer.length > 4 && answer.length >= 4 + answer.readInt32BE()) return new WireReader(answer.subarray(9));
    }
    throw new Error(`port ${port} closed the connection without an answer`);
  } finally {
    socket.destroy();
  }
}

/** Reads the types of flexible versions, one after another. It trusts the sender: what is missing is a RangeError. */
export class WireReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int(bytes: 1 | 2 | 4): number {
    const value = this.#bytes.readIntBE(this.#at, bytes);
    this.#at += bytes;
    return value;
  }

  /** Steps over a field that nobody asked for. */
  skip(bytes: number): void {
    this.#at += bytes;
  }

  text(): string | undefined {
    const length = this.#uvarint() - 1;
    if (length < 0) return undefined;
    this.#at += length;
    return this.#bytes.toString("utf8", this.#at - length, this.#at);
  }

  list<T>(element: () => T): T[] {
    return Array.from({ length: Math.max(0, this.#uvarint() - 1) }, element);
  }

  tags(): void {
    for (let left = this.#uvarint(); left > 0; left -= 1) {
      this.#uvarint();
      this.skip(this.#uvarint());
    }
  }

  #uvarint(): number {
    const byte = this.int(1) & 0xff;
    return byte < 0x80 ? byte : (byte & 0x7f) + 0x80 * this.#uvarint();
  }
}

export function int8(value: number): Buffer {
  return Buffer.of(value);
}

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** A compact string or compact bytes. */
export function sized(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as string);
  return Buffer.concat([uvarint(bytes.length + 1), bytes]);
}

/** A compact array. */
export function list(elements: readonly Buffer[]): Buffer {
  return Buffer.concat([uvarint(elements.length + 1), ...elements]);
}

function uvarint(value: number): Buffer {
  return value < 0x80 ? Buffer.of(value) : Buffer.concat([Buffer.of((value & 0x7f) | 0x80), uvarint(value >>> 7)]);
}
