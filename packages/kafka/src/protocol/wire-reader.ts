import { DiscoveryError } from "@rollcall/core";

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The id of a topic that has none: sixteen zero bytes. */
const NO_UUID = "A".repeat(22);

/**
 * Reads values of Kafka's wire format, first to last. Every method raises `MALFORMED_RESPONSE` where the bytes end early or are not what they should be, and nothing
 * is allocated that the bytes do not hold: the count of an array is checked against the bytes that remain.
 *
 * Two encodings exist: the fixed one, and the compact one of "flexible" versions (KIP-482). `string`, `bytes` and `array` follow the one that was chosen.
 */
export class WireReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #flexible: boolean;
  #at = 0;

  /**
   * @param bytes - what to read; not copied
   * @param flexible - whether lengths are compact and `tags` are there. Default: false
   */
  constructor(bytes: Uint8Array, flexible = false) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#flexible = flexible;
  }

  /** How many bytes have not been read. */
  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  int8(): number {
    return this.#view.getInt8(this.#take(1));
  }

  int16(): number {
    return this.#view.getInt16(this.#take(2));
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4));
  }

  /** In decimal digits: not every 64-bit number is a JavaScript number. */
  int64(): string {
    return this.#view.getBigInt64(this.#take(8)).toString();
  }

  boolean(): boolean {
    return this.int8() !== 0;
  }

  /** An unsigned number of at most 32 bits, seven to a byte. */
  uvarint(): number {
    let value = 0;
    for (let power = 0; power <= 28; power += 7) {
      const byte = this.#view.getUint8(this.#take(1));
      value += (byte & 0x7f) * 2 ** power;
      if (byte < 0x80) {
        if (value > 0xffff_ffff) break;
        return value;
      }
    }
    throw this.#malformed("a number of more than 32 bits");
  }

  string(): string {
    return this.nullableString() ?? this.#null("string");
  }

  nullableString(): string | null {
    const length = this.#flexible ? this.uvarint() - 1 : this.int16();
    const bytes = this.#run(length, "a string");
    if (!bytes) return null;
    try {
      return UTF8.decode(bytes);
    } catch {
      throw this.#malformed("text that is not UTF-8");
    }
  }

  /** A part of the given bytes, not a copy. */
  bytes(): Uint8Array {
    return this.nullableBytes() ?? this.#null("run of bytes");
  }

  /** A part of the given bytes, not a copy. */
  nullableBytes(): Uint8Array | null {
    return this.#run(this.#flexible ? this.uvarint() - 1 : this.int32(), "bytes");
  }

  array<T>(read: () => T): T[] {
    return this.nullableArray(read) ?? this.#null("array");
  }

  nullableArray<T>(read: () => T): T[] | null {
    const count = this.#flexible ? this.uvarint() - 1 : this.int32();
    if (count === -1) return null;
    if (count < 0 || count > this.remaining) throw this.#malformed(`an array of ${count}`);
    const items: T[] = [];
    while (items.length < count) items.push(read());
    return items;
  }

  /** As base64url, 22 characters; `null` for the id that means "none". */
  uuid(): string | null {
    const at = this.#take(16);
    const text = Buffer.from(this.#bytes.subarray(at, at + 16)).toString("base64url");
    return text === NO_UUID ? null : text;
  }

  /** Passes over the tagged fields that end every struct of a flexible version; nothing where the version is not flexible. */
  tags(): void {
    if (!this.#flexible) return;
    for (let left = this.uvarint(); left > 0; left--) {
      this.uvarint();
      this.#take(this.uvarint());
    }
  }

  /** Everything that has not been read; a part of the given bytes, not a copy. */
  rest(): Uint8Array {
    return this.#bytes.subarray(this.#take(this.remaining));
  }

  #run(length: number, what: string): Uint8Array | null {
    if (length === -1) return null;
    if (length < 0) throw this.#malformed(`${what} of length ${length}`);
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** Moves on by `count` bytes and says where they begin. */
  #take(count: number): number {
    if (count > this.remaining) throw this.#malformed(`${count} more bytes`);
    const at = this.#at;
    this.#at += count;
    return at;
  }

  #null(what: string): never {
    throw this.#malformed(`no ${what}`);
  }

  #malformed(what: string): DiscoveryError {
    const text = `byte ${this.#at} of ${this.#bytes.length} announces ${what}`;
    return new DiscoveryError("MALFORMED_RESPONSE", text, { source: "kafka" });
  }
}
