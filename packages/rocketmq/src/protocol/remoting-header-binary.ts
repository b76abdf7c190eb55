import { flagOf, malformed, type RemotingHeader, readFlag } from "./remoting-header.js";

/** `LanguageCode.OTHER`. */
const LANGUAGE = 7;

/** Code, language, version, opaque, flag. */
const FIXED_BYTES = 13;

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The header the way of `RocketMQSerializable.java`, which servers answer with that were started so (`rocketmq.serialize.type=ROCKETMQ`). What does not fit raises a `RangeError`. */
export function writeBinaryHeader(header: RemotingHeader): Uint8Array {
  const fixed = Buffer.alloc(FIXED_BYTES);
  fixed.writeInt16BE(header.code, 0);
  fixed.writeInt8(LANGUAGE, 2);
  fixed.writeInt16BE(header.version, 3);
  fixed.writeInt32BE(header.opaque, 5);
  fixed.writeInt32BE(flagOf(header), 9);
  const fields = Object.entries(header.fields).flatMap(([name, value]) => [counted(name, 2), counted(value, 4)]);
  return Buffer.concat([fixed, counted(header.remark ?? "", 4), counted(Buffer.concat(fields), 4)]);
}

/** The reverse of {@link writeBinaryHeader}; no remark and an empty one are the same. Bytes after its end are passed over. Raises `MALFORMED_RESPONSE`. */
export function readBinaryHeader(bytes: Uint8Array): RemotingHeader {
  const read = new HeaderReader(bytes);
  const code = read.int(2);
  read.int(1); // language
  const version = read.int(2);
  const opaque = read.int(4);
  const flags = readFlag(read.int(4));
  const remark = read.text(4) || undefined;
  return { code, version, opaque, ...flags, remark, fields: readFields(new HeaderReader(read.run(4))) };
}

function readFields(read: HeaderReader): Readonly<Record<string, string>> {
  const entries: [string, string][] = [];
  while (read.remaining > 0) entries.push([read.text(2), read.text(4)]);
  return Object.fromEntries(entries);
}

/** Bytes after their count, which takes `width` bytes. */
function counted(value: string | Uint8Array, width: 2 | 4): Uint8Array {
  const bytes = Buffer.from(value);
  const count = Buffer.alloc(width);
  if (width === 2) count.writeInt16BE(bytes.length);
  else count.writeInt32BE(bytes.length);
  return Buffer.concat([count, bytes]);
}

/** Reads values first to last, never beyond the end. */
class HeaderReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  int(width: 1 | 2 | 4): number {
    return this.#bytes.readIntBE(this.#take(width), width);
  }

  /** Bytes after their count; not a copy. */
  run(width: 2 | 4): Uint8Array {
    const length = this.int(width);
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  text(width: 2 | 4): string {
    const bytes = this.run(width);
    try {
      return UTF8.decode(bytes);
    } catch (cause) {
      throw malformed("the header holds text that is not UTF-8", cause);
    }
  }

  /** Moves on and says from where. */
  #take(count: number): number {
    if (count < 0 || count > this.remaining) throw malformed(`the header ends where ${count} more bytes should follow`);
    const at = this.#at;
    this.#at += count;
    return at;
  }
}
