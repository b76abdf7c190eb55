import fc from "fast-check";

/** One change: at a place (0 to 1 of the length), of a kind, with some bytes. */
export interface Damage {
  readonly at: number;
  readonly kind: "flip" | "cut" | "insert" | "overwrite" | "replace";
  readonly bytes: Uint8Array;
}

/** What happens to bytes on their way. */
export const damage: fc.Arbitrary<Damage> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  kind: fc.constantFrom("flip", "flip", "flip", "cut", "insert", "overwrite", "replace"),
  bytes: fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 8 }),
    fc.constantFrom(...["7fffffff", "ffffffff", "00000000", "00", "80"].map((text) => Uint8Array.from(Buffer.from(text, "hex")))),
    fc.constantFrom(...['{0:"', '","', "{", "}", "[", "-", "\\", '"', ",1:", "null"].map((text) => Uint8Array.from(Buffer.from(text)))),
  ),
});

/** The bytes with one change. */
export function damaged(valid: Uint8Array, { at, kind, bytes }: Damage): Uint8Array {
  const place = Math.floor(at * valid.length);
  const before = valid.subarray(0, place);
  if (kind === "cut") return before;
  if (kind === "replace") return bytes;
  if (kind === "insert") return Buffer.concat([before, bytes, valid.subarray(place)]);
  if (kind === "overwrite") return Buffer.concat([before, bytes, valid.subarray(place + bytes.length)]);
  const copy = Uint8Array.from(valid);
  copy[place] = (copy[place] ?? 0) ^ (1 << ((bytes[0] ?? 0) % 8));
  return copy;
}
