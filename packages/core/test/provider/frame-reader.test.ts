import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FrameReader } from "../../src/provider/index.js";
import { frameOf } from "./support/port-client.js";

const frames = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 });
const bodies = (read: readonly Uint8Array[]): readonly number[][] => read.map((frame) => [...frame]);

describe("a FrameReader", () => {
  test("finds the frames that were sent, however the stream is cut", () => {
    fc.assert(
      fc.property(frames, fc.infiniteStream(fc.integer({ min: 0, max: 20 })), (sent, cuts) => {
        const reader = new FrameReader({ maxBytes: 300 });
        const read: Uint8Array[] = [];
        let stream = Buffer.concat(sent.map(frameOf));
        while (stream.length > 0) {
          const size = cuts.next().value ?? 1;
          read.push(...reader.push(stream.subarray(0, size)));
          stream = stream.subarray(size);
        }
        expect(bodies(read)).toEqual(bodies(sent));
      }),
    );
  });

  test("gives a frame with the chunk that completes it, not later", () => {
    const reader = new FrameReader({ maxBytes: 8 });
    const stream = Buffer.concat([frameOf(Uint8Array.of(1, 2)), frameOf(new Uint8Array(0)), frameOf(Uint8Array.of(3))]);
    expect(bodies(reader.push(stream.subarray(0, 5)))).toEqual([]);
    expect(bodies(reader.push(stream.subarray(5, 10)))).toEqual([[1, 2], []]);
    expect(bodies(reader.push(stream.subarray(10)))).toEqual([[3]]);
  });

  test("accepts lengths from minBytes to maxBytes, both included", () => {
    const reader = new FrameReader({ minBytes: 2, maxBytes: 3 });
    expect(bodies(reader.push(Buffer.concat([frameOf(Uint8Array.of(1, 2)), frameOf(Uint8Array.of(1, 2, 3))])))).toEqual([
      [1, 2],
      [1, 2, 3],
    ]);
  });

  test.each([
    ["too long", "00000004", "a frame of 4 bytes, not of 2 to 3"],
    ["too short", "00000001", "a frame of 1 bytes, not of 2 to 3"],
    ["negative", "ffffffff", "a frame of -1 bytes, not of 2 to 3"],
  ])("refuses a length that is %s with its fourth byte, and everything after it", (_what, prefix, message) => {
    const reader = new FrameReader({ minBytes: 2, maxBytes: 3 });
    const bytes = Buffer.from(prefix, "hex");
    expect(reader.push(bytes.subarray(0, 3))).toEqual([]);
    expect(() => reader.push(bytes.subarray(3))).toThrow(new RangeError(message));
    expect(() => reader.push(frameOf(Uint8Array.of(1, 2)))).toThrow(message);
  });

  test("hands a frame that came in one chunk on without a copy, also after one that came in two", () => {
    const reader = new FrameReader({ maxBytes: 100 });
    const [first, second] = [frameOf(new Uint8Array(10)), frameOf(new Uint8Array(20))];
    reader.push(first.subarray(0, 6));
    reader.push(first.subarray(6));
    expect(reader.push(second)[0]?.buffer).toBe(second.buffer);
  });

  test("takes a frame of 500 kB byte by byte, which copying for every chunk would turn into 125 GB", () => {
    const reader = new FrameReader({ maxBytes: 500_000 });
    const stream = frameOf(new Uint8Array(500_000).fill(7));
    let read: readonly Uint8Array[] = [];
    for (let at = 0; at < stream.length; at += 1) read = reader.push(stream.subarray(at, at + 1));
    expect(read[0]?.length).toBe(500_000);
  });
});
