import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameCap, MAX_FRAME_BYTES } from "../src/frame-cap.js";

function frame(length: number, bytes = length): Buffer {
  const all = Buffer.alloc(4 + bytes, 0xff); // were the bytes of a frame taken for a length, it would be refused
  all.writeUInt32BE(length);
  return all;
}

const refused = (length: number): unknown => new FrameCap().refuses(frame(length, 0));

describe("row 19: the cap", () => {
  it("lets frames of 4 bytes to 8 MiB by, however they are cut", () => {
    const frames = fc.array(fc.integer({ min: 4, max: 300 }), { maxLength: 5 });
    fc.assert(
      fc.property(frames, fc.infiniteStream(fc.integer({ min: 1, max: 20 })), (lengths, cuts) => {
        const cap = new FrameCap();
        let stream = Buffer.concat(lengths.map((length) => frame(length)));
        while (stream.length > 0) {
          const size = cuts.next().value ?? 1;
          expect(cap.refuses(stream.subarray(0, size))).toBeUndefined();
          stream = stream.subarray(size);
        }
        expect(cap.refuses(frame(3, 0))).toMatchObject({ code: "MALFORMED_RESPONSE" });
      }),
    );
    expect(MAX_FRAME_BYTES).toBe(8 * 1024 * 1024);
    expect(refused(MAX_FRAME_BYTES)).toBeUndefined();
  });

  it.each([0, 3, MAX_FRAME_BYTES + 1, 2 ** 31 - 1, 2 ** 32 - 1])("refuses a frame of %i bytes", (length) => {
    const message = expect.stringContaining(`a frame of ${length} bytes, not of 4 to 8388608`);
    expect(refused(length)).toMatchObject({ code: "MALFORMED_RESPONSE", message });
  });

  it("lets shorter frames by where they are allowed", () => {
    expect(new FrameCap().refuses(frame(0), 0)).toBeUndefined();
  });

  it("refuses at the fourth byte of a length", () => {
    const cap = new FrameCap();
    const bytes = [0x7f, 0xff, 0xff, 0xff].map((byte) => cap.refuses(Uint8Array.of(byte)));
    expect(bytes.slice(0, 3)).toEqual([undefined, undefined, undefined]);
    expect(bytes[3]).toMatchObject({ code: "MALFORMED_RESPONSE" });
  });

  it("knows HTTP and TLS by their first bytes", () => {
    expect(new FrameCap().refuses(Buffer.from("HTTP/1.1 400 Bad Request"))).toMatchObject({
      message: expect.stringContaining("HTTP server"),
    });
    expect(new FrameCap().refuses(Buffer.from("15030300020246", "hex"))).toMatchObject({ message: expect.stringContaining("set ssl") });
  });
});
