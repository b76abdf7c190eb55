/**
 * Writes values of Kafka's wire format, one after the other; the reverse of `WireReader`. What does not fit its type raises a `RangeError`.
 *
 * Two encodings exist: the fixed one, and the compact one of "flexible" versions (KIP-482). `string`, `bytes` and `array` follow the one that was chosen.
 */
export class WireWriter {
  readonly #flexible: boolean;
  #buffer: Buffer = Buffer.alloc(64);
  #length = 0;

  /** @param flexible - whether lengths are compact and `tags` are there. Default: false */
  constructor(flexible = false) {
    this.#flexible = flexible;
  }

  int8(value: number): this {
    const at = this.#add(1);
    this.#buffer.writeInt8(value, at);
    return this;
  }

  int16(value: number): this {
    const at = this.#add(2);
    this.#buffer.writeInt16BE(value, at);
    return this;
  }

  int32(value: number): this {
    const at = this.#add(4);
    this.#buffer.writeInt32BE(value, at);
    return this;
  }

  /** @param value - in decimal digits */
  int64(value: string | bigint): this {
    const at = this.#add(8);
    this.#buffer.writeBigInt64BE(BigInt(value), at);
    return this;
  }

  boolean(value: boolean): this {
    return this.int8(value ? 1 : 0);
  }

  /** @param value - 0 to 2^32 - 1 */
  uvarint(value: number): this {
    let left = value;
    for (; left > 0x7f; left = Math.floor(left / 0x80)) this.raw(Uint8Array.of((left % 0x80) | 0x80));
    return this.raw(Uint8Array.of(left));
  }

  string(value: string | null): this {
    const bytes = value === null ? null : Buffer.from(value);
    const length = bytes?.length ?? -1;
    if (this.#flexible) this.uvarint(length + 1);
    else this.int16(length);
    return bytes ? this.raw(bytes) : this;
  }

  bytes(value: Uint8Array | null): this {
    this.#count(value?.length ?? -1);
    return value ? this.raw(value) : this;
  }

  array<T>(items: readonly T[] | null, write: (item: T) => void): this {
    this.#count(items?.length ?? -1);
    items?.forEach(write);
    return this;
  }

  /** @param value - base64url of 16 bytes; `null` for the id that means "none" */
  uuid(value: string | null): this {
    const bytes = value === null ? Buffer.alloc(16) : Buffer.from(value, "base64url");
    if (bytes.length !== 16) throw new RangeError(`"${value}" is not a uuid`);
    return this.raw(bytes);
  }

  /** No tagged fields: what ends every struct of a flexible version. Nothing where the version is not flexible. */
  tags(): this {
    return this.#flexible ? this.uvarint(0) : this;
  }

  /** Bytes as they are, with no length before them. */
  raw(bytes: Uint8Array): this {
    const at = this.#add(bytes.length);
    this.#buffer.set(bytes, at);
    return this;
  }

  /** A copy of everything that was written. */
  finish(): Uint8Array {
    return Uint8Array.from(this.#buffer.subarray(0, this.#length));
  }

  #count(length: number): void {
    if (this.#flexible) this.uvarint(length + 1);
    else this.int32(length);
  }

  /** Makes room for `count` bytes more and says where they begin. */
  #add(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#buffer.length) this.#buffer = Buffer.concat([this.#buffer], Math.max(this.#length, 2 * this.#buffer.length));
    return at;
  }
}
