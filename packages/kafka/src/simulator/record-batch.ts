import { gunzipSync } from "node:zlib";
import { WireReader } from "../protocol/wire-reader.js";
import type { KafkaRecord, ProducerSequence } from "./commit-log.js";

const COMPRESSION = 0x7;
const GZIP = 1;

/** What a producer sent for one partition. */
export interface RecordBatch {
  readonly records: readonly Pick<KafkaRecord, "key" | "value">[];
  /** Of an idempotent producer. */
  readonly sequence: ProducerSequence | undefined;
}

/** The client compressed with what the simulator cannot read. */
export class UnknownCompression extends Error {
  override readonly name = "UnknownCompression";
}

/**
 * Reads one record batch of format 2 (KIP-98), plain or gzip; headers, timestamps and the checksum are passed over. Throws
 * {@link UnknownCompression}; for a broken batch MALFORMED_RESPONSE, a RangeError or what zlib throws.
 */
export function readRecordBatch(bytes: Uint8Array): RecordBatch {
  const wire = new WireReader(bytes);
  wire.int64(); // base offset
  wire.int32(); // length
  wire.int32(); // leader epoch
  const magic = wire.int8();
  if (magic !== 2) throw new RangeError(`a record batch of format ${magic}`);
  wire.int32(); // checksum
  const attributes = wire.int16();
  const lastOffset = wire.int32();
  wire.int64(); // base timestamp
  wire.int64(); // greatest timestamp
  const producerId = wire.int64();
  wire.int16(); // producer epoch
  const first = wire.int32();
  const count = wire.int32();
  return {
    records: readRecords(unpacked(wire.rest(), attributes & COMPRESSION), count),
    sequence: producerId === "-1" ? undefined : { producerId, first, last: first + lastOffset },
  };
}

function unpacked(bytes: Uint8Array, codec: number): Uint8Array {
  if (codec === 0) return bytes;
  if (codec === GZIP) return gunzipSync(bytes);
  throw new UnknownCompression(`codec ${codec}`);
}

function readRecords(bytes: Uint8Array, count: number): RecordBatch["records"] {
  const records: RecordBatch["records"][number][] = [];
  for (let left = bytes; records.length < count; ) {
    const [record, rest] = sized(left);
    if (record === null) throw new RangeError("a record of negative length");
    records.push(readRecord(record));
    left = rest;
  }
  return records;
}

function readRecord(bytes: Uint8Array): RecordBatch["records"][number] {
  const wire = new WireReader(bytes);
  wire.int8(); // attributes
  passVarint(wire); // timestamp
  passVarint(wire); // offset
  const [key, rest] = sized(wire.rest());
  const [value] = sized(rest);
  return { key: text(key), value: text(value) };
}

/** What a length, zigzag, announces, and what follows it. */
function sized(bytes: Uint8Array): readonly [value: Uint8Array | null, rest: Uint8Array] {
  const wire = new WireReader(bytes);
  const zigzag = wire.uvarint();
  const length = (zigzag >>> 1) ^ -(zigzag & 1);
  const rest = wire.rest();
  if (length > rest.length) throw new RangeError(`${length} bytes are announced and ${rest.length} there`);
  return length < 0 ? [null, rest] : [rest.subarray(0, length), rest.subarray(length)];
}

function text(bytes: Uint8Array | null): string | null {
  return bytes && Buffer.from(bytes).toString();
}

/** A number of up to 64 bits. */
function passVarint(wire: WireReader): void {
  let byte = wire.int8();
  while (byte < 0) byte = wire.int8();
}
