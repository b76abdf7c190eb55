import { isDiscoveryError } from "@rollcall/core";
import { FrameReader } from "@rollcall/core/provider";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeFrame,
  encodeAnswer,
  encodeCommand,
  encodeRequest,
  FRAME_BOUNDS,
  MAX_FRAME_BYTES,
  type RemotingCommand,
} from "../src/protocol/remoting-frame.js";

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(" ", ""), "hex");

/** A frame without its length, with a JSON header. */
function jsonFrame(header: string, body = ""): Uint8Array {
  const bytes = Buffer.from(header);
  return Buffer.concat([hex(bytes.length.toString(16).padStart(8, "0")), bytes, Buffer.from(body)]);
}

function decoded(frame: Uint8Array): RemotingCommand | string {
  try {
    return decodeFrame(frame);
  } catch (error) {
    if (!isDiscoveryError(error) || error.code !== "MALFORMED_RESPONSE") throw error;
    return error.message;
  }
}

describe("a request", () => {
  it("is a length, the length of the header, the header as JSON, and the body", () => {
    const header =
      '{"code":105,"language":"OTHER","version":513,"opaque":1,"flag":0,"extFields":{"topic":"T","acceptStandardJsonOnly":"true"}}';
    const frame = encodeRequest({ code: 105, fields: { topic: "T", acceptStandardJsonOnly: "true" }, body: Buffer.from("xyz") }, 1);
    expect(Buffer.from(frame).toString("latin1")).toBe(`\0\0\0\x82\0\0\0\x7b${header}xyz`);
  });

  it("of the brokers takes 73 bytes", () => {
    const frame = encodeRequest({ code: 106 }, 1);
    expect(Buffer.from(frame.subarray(8)).toString()).toBe('{"code":106,"language":"OTHER","version":513,"opaque":1,"flag":0}');
    expect(frame).toHaveLength(73);
  });

  it("row 21: says a version above 475, which servers that shut down tell GO_AWAY", () => {
    expect(decodeFrame(encodeRequest({ code: 106 }, 1).subarray(4)).version).toBe(513);
  });

  it("row 18: may fill 16 MiB with its length, and no more", () => {
    const rest = encodeRequest({ code: 103 }, 0).length;
    const ask = (bytes: number) => encodeRequest({ code: 103, body: new Uint8Array(bytes) }, 0);
    expect(ask(MAX_FRAME_BYTES - rest)).toHaveLength(16_777_216);
    expect(() => ask(MAX_FRAME_BYTES - rest + 1)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTIONS", message: expect.stringContaining("REGISTER_BROKER takes 16777217 bytes") }),
    );
  });
});

describe("an answer", () => {
  it.each([
    // What RemotingCommand.encode() of rocketmq-remoting 5.5.0 makes of one answer.
    [
      "JSON",
      `0000008e${Buffer.from('{"code":17,"extFields":{"a":"b"},"flag":1,"language":"JAVA","opaque":-7,"remark":"No topic é","serializeTypeCurrentRPC":"JSON","version":513}').toString("hex")}7b303a317d`,
    ],
    ["ROCKETMQ", "01000028 0011 00 0201 fffffff9 00000001 0000000b 4e6f20746f70696320c3a9 00000008 0001 61 00000001 62 7b303a317d"],
  ] as const)("row 18: of RocketMQ 5.5.0 is read, with a %s header", (type, frame) => {
    expect(decodeFrame(hex(frame))).toEqual({
      ...{ type, code: 17, version: 513, opaque: -7, answer: true, oneway: false, remark: "No topic é" },
      ...{ fields: { a: "b" }, body: Buffer.from("{0:1}") },
    });
  });

  it("is written with a binary header as RocketMQSerializable does", () => {
    const frame = encodeAnswer({ code: 17, remark: "no!", fields: { a: "b" }, body: Buffer.from("{}") }, 7, "ROCKETMQ");
    const golden = "00000026 01000020 0011 07 0201 00000007 00000001 00000003 6e6f21 00000008 0001 61 00000001 62 7b7d";
    expect(Buffer.from(frame).toString("hex")).toBe(golden.replaceAll(" ", ""));
  });

  it("without remark, fields and body has none, whichever way it is written", () => {
    for (const type of ["JSON", "ROCKETMQ"] as const) {
      const empty = {
        type,
        code: 0,
        version: 409,
        opaque: 3,
        answer: true,
        oneway: false,
        remark: undefined,
        fields: {},
        body: Buffer.alloc(0),
      };
      expect(decodeFrame(encodeAnswer({}, 3, type, 409).subarray(4))).toEqual(empty);
    }
    expect(decoded(jsonFrame('{"code":0,"version":1,"opaque":1,"flag":1,"remark":null,"extFields":null}'))).toMatchObject({ fields: {} });
  });

  it.each<[string, Uint8Array, string]>([
    ["no header word", hex("0000"), "a kind that RocketMQ does not have"],
    ["nothing", hex(""), "a kind that RocketMQ does not have: -1"],
    ["another kind of header", hex("02000000"), "a kind that RocketMQ does not have: 2"],
    ["a header longer than itself", hex("00ffffff 7b7d"), "the header of 16777215 bytes is longer than its frame of 6"],
    ["an empty header", hex("00000000"), "the header is no JSON"],
    ["a header that is no object", jsonFrame('"code"'), "the header's code is no integer of 32 bits"],
    ["a header that is null", jsonFrame("null"), "the header's code is no integer of 32 bits"],
    ["no UTF-8", Buffer.concat([hex("00000001"), hex("ff")]), "the header is no JSON"],
    ["a code that is text", jsonFrame('{"code":"0","version":1,"opaque":1,"flag":1}'), "the header's code"],
    ["no opaque", jsonFrame('{"code":0,"version":1,"flag":1}'), "the header's opaque"],
    ["a larger opaque", jsonFrame('{"code":0,"version":1,"opaque":2147483648,"flag":1}'), "the header's opaque"],
    ["a remark that is none", jsonFrame('{"code":0,"version":1,"opaque":1,"flag":1,"remark":7}'), "the header's remark is no text"],
    [
      "a field that is no text",
      jsonFrame('{"code":0,"version":1,"opaque":1,"flag":1,"extFields":{"a":{}}}'),
      "extFields hold something else than texts",
    ],
    ["a list of fields", jsonFrame('{"code":0,"version":1,"opaque":1,"flag":1,"extFields":["a"]}'), "extFields are no object"],
    ["text for fields", jsonFrame('{"code":0,"version":1,"opaque":1,"flag":1,"extFields":"a"}'), "extFields are no object"],
    ["a short binary header", hex("01000005 0000000000"), "the header ends where 4 more bytes should follow"],
    ["a remark beyond the end", hex("01000011 0000 00 0201 00000007 00000001 7fffffff"), "2147483647 more bytes"],
    ["a negative count", hex("01000011 0000 00 0201 00000007 00000001 ffffffff"), "-1 more bytes"],
    ["a field beyond the fields", hex("0100001a 0000 00 0201 00000007 00000001 00000000 00000005 0001 61 0000 ff"), "4 more bytes"],
    ["a remark that is no UTF-8", hex("01000016 0000 00 0201 00000007 00000001 00000001 ff 00000000"), "text that is not UTF-8"],
  ])("row 18: with %s is refused", (_what, frame, message) => {
    expect(decoded(frame)).toContain(message);
  });
});

const text = fc.string({ unit: "binary", maxLength: 20 });
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const command: fc.Arbitrary<RemotingCommand> = fc.record({
  type: fc.constantFrom("JSON", "ROCKETMQ"),
  code: fc.integer({ min: -32_768, max: 32_767 }),
  version: fc.integer({ min: 0, max: 32_767 }),
  opaque: fc.oneof(int32, fc.constantFrom(0, -1, 2 ** 31 - 1, -(2 ** 31))),
  answer: fc.boolean(),
  oneway: fc.boolean(),
  remark: fc.option(fc.string({ unit: "grapheme", minLength: 1 }), { nil: undefined }),
  fields: fc.dictionary(fc.oneof(text, fc.constantFrom("__proto__", "constructor", "")), text, { noNullPrototype: true }),
  body: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
});

describe("any frame", () => {
  it("row 18: comes back as it was written, however the stream is cut", () => {
    const property = fc.property(fc.array(command, { maxLength: 4 }), fc.integer({ min: 1, max: 50 }), (commands, step) => {
      const stream = Buffer.concat(commands.map(encodeCommand));
      const reader = new FrameReader(FRAME_BOUNDS);
      const frames: Uint8Array[] = [];
      for (let at = 0; at < stream.length; at += step) frames.push(...reader.push(stream.subarray(at, at + step)));
      expect(frames.map(decodeFrame)).toEqual(commands);
    });
    fc.assert(property, { numRuns: 500, seed: 18 });
  });

  it("has texts for fields, also where ali-ons sends numbers and booleans", () => {
    const frame = jsonFrame('{"code":310,"version":1,"opaque":1,"flag":0,"extFields":{"e":0,"j":true,"k":null,"b":"T"}}');
    expect(decodeFrame(frame).fields).toEqual({ e: "0", j: "true", b: "T" });
  });

  it("keeps fields apart from what every object has", () => {
    const fields = JSON.parse('{"__proto__":"x"}') as Record<string, string>;
    for (const type of ["JSON", "ROCKETMQ"] as const) {
      const read = decodeFrame(encodeAnswer({ fields }, 1, type).subarray(4)).fields;
      expect(Object.entries(read)).toEqual([["__proto__", "x"]]);
    }
  });
});
