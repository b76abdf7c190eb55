import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WireReader } from "../src/protocol/wire-reader.js";
import { WireWriter } from "../src/protocol/wire-writer.js";

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
const malformed = expect.objectContaining({ code: "MALFORMED_RESPONSE" });

describe.each([["fixed"], ["flexible"]] as const)("the %s encoding", (encoding) => {
  const flexible = encoding === "flexible";

  it("gives back whatever was written", () => {
    const values = fc.record({
      ...{ int8: fc.integer({ min: -128, max: 127 }), int16: fc.integer({ min: -32768, max: 32767 }), int32: fc.integer() },
      ...{ int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), uvarint: fc.nat({ max: 2 ** 32 - 1 }), flag: fc.boolean() },
      ...{ text: fc.string({ unit: "binary" }), nothing: fc.option(fc.string()), bytes: fc.option(fc.uint8Array()) },
      ...{ uuid: fc.uint8Array({ minLength: 16, maxLength: 16 }), items: fc.option(fc.array(fc.integer())) },
    });
    fc.assert(
      fc.property(values, (value) => {
        const uuid = Buffer.from(value.uuid).toString("base64url");
        const wire = new WireWriter(flexible).int8(value.int8).int16(value.int16).int32(value.int32).int64(value.int64);
        wire.uvarint(value.uvarint).boolean(value.flag).string(value.text).string(value.nothing).bytes(value.bytes).uuid(uuid);
        wire.array(value.items, (item) => wire.int32(item)).tags();
        const read = new WireReader(wire.finish(), flexible);
        expect([read.int8(), read.int16(), read.int32(), read.int64()]).toEqual([
          ...[value.int8, value.int16, value.int32, `${value.int64}`],
        ]);
        expect([read.uvarint(), read.boolean(), read.string(), read.nullableString()]).toEqual([
          ...[value.uvarint, value.flag, value.text, value.nothing],
        ]);
        expect(read.nullableBytes()).toEqual(value.bytes);
        expect(read.uuid()).toBe(uuid === "A".repeat(22) ? null : uuid);
        expect(read.nullableArray(() => read.int32())).toEqual(value.items);
        read.tags();
        expect(read.remaining).toBe(0);
      }),
    );
  });
});

describe("what the bytes look like", () => {
  it("is Kafka's: big-endian, lengths in front, compact ones plus one", () => {
    const write = (wire: WireWriter) =>
      wire
        .int16(3)
        .string("ab")
        .string(null)
        .array([7], (item) => wire.int32(item))
        .tags();
    expect(write(new WireWriter()).finish()).toEqual(hex("0003 0002 6162 ffff 00000001 00000007"));
    expect(write(new WireWriter(true)).finish()).toEqual(hex("0003 03 6162 00 02 00000007 00"));
  });

  it("keeps seven bits to a byte in a compact length", () => {
    expect(
      new WireWriter()
        .uvarint(300)
        .uvarint(2 ** 32 - 1)
        .finish(),
    ).toEqual(hex("ac02 ffffffff0f"));
  });

  it("passes over tagged fields", () => {
    const wire = new WireReader(hex("02 00 01 ff 05 02 eeee 2a"), true);
    wire.tags();
    expect(wire.int8()).toBe(42);
  });

  it("gives the rest as it is, not copied", () => {
    const bytes = hex("0001 aabb");
    const wire = new WireReader(bytes);
    wire.int16();
    const rest = wire.rest();
    expect([rest, rest.buffer, wire.remaining]).toEqual([hex("aabb"), bytes.buffer, 0]);
  });
});

describe("bytes that are not what they should be", () => {
  it.each<[string, string, boolean, (wire: WireReader) => unknown]>([
    ["a number that ends early", "0000", false, (wire) => wire.int32()],
    ["text that ends early", "0005 6162", false, (wire) => wire.string()],
    ["text of negative length", "fffe", false, (wire) => wire.nullableString()],
    ["no text where there must be some", "ffff", false, (wire) => wire.string()],
    ["no text where there must be some, compact", "00", true, (wire) => wire.string()],
    ["text that is not UTF-8", "0001 ff", false, (wire) => wire.string()],
    ["no bytes where there must be some", "ffffffff", false, (wire) => wire.bytes()],
    ["no array where there must be one", "ffffffff", false, (wire) => wire.array(() => wire.int8())],
    ["an array of more items than bytes", "7fffffff 00", false, (wire) => wire.array(() => wire.int8())],
    ["an array of more items than bytes, compact", "ffffffff0f 00", true, (wire) => wire.array(() => wire.int8())],
    ["an array of a negative count", "fffffffe", false, (wire) => wire.array(() => wire.int8())],
    ["a number of 33 bits", "ffffffff1f", true, (wire) => wire.uvarint()],
    ["a number without an end", "808080808080", true, (wire) => wire.uvarint()],
    ["a tagged field that ends early", "01 00 09", true, (wire) => wire.tags()],
    ["more tagged fields than bytes", "ffffffff0f", true, (wire) => wire.tags()],
    ["half a uuid", "0011223344", false, (wire) => wire.uuid()],
  ])("%s is MALFORMED_RESPONSE", (_what, bytes, flexible, read) => {
    expect(() => read(new WireReader(hex(bytes), flexible))).toThrow(malformed);
  });
});

describe("a value that does not fit its type", () => {
  it.each<[string, (wire: WireWriter) => unknown]>([
    ["an int16", (wire) => wire.int16(40_000)],
    ["a string in the fixed encoding", (wire) => wire.string("x".repeat(40_000))],
    ["a uuid", (wire) => wire.uuid("short")],
  ])("%s is a RangeError", (_what, write) => {
    expect(() => write(new WireWriter())).toThrow(RangeError);
  });
});
