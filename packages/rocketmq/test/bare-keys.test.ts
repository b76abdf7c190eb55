import { isDiscoveryError } from "@rollcall/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseLenientJson, quoteBareKeys } from "../src/protocol/bare-keys.js";
import { damage, damaged } from "./support/damage.js";
import { lenientOracle } from "./support/lenient-oracle.js";

/** What reading ends with; a `DiscoveryError` is its code. */
function read(text: string | Uint8Array): { readonly value: unknown } | string {
  try {
    return { value: parseLenientJson(text) };
  } catch (error) {
    if (!isDiscoveryError(error)) throw error;
    return error.code;
  }
}

describe("integer keys without quotes", () => {
  it.each<[string, string, unknown]>([
    ["a broker's addresses", '{"brokerAddrs":{0:"127.0.0.1:1",1:"127.0.0.1:2"}}', { brokerAddrs: { 0: "127.0.0.1:1", 1: "127.0.0.1:2" } }],
    ["blanks around them", "{ 0 : 1,\n\t-12 \r\n: 2 }", { 0: 1, "-12": 2 }],
    ["quotes where there are some", '{"0":1,"a":{"1":2}}', { 0: 1, a: { 1: 2 } }],
    ["ids of 64 bits, exactly", "{9223372036854775807:1}", { "9223372036854775807": 1 }],
    ["lists, with no keys", "[1,-2,[3,4.5e6],{5:[6,7]}]", [1, -2, [3, 4.5e6], { 5: [6, 7] }]],
    ["nothing", "{}", {}],
  ])("row 18: are read: %s", (_what, text, value) => {
    expect(read(text)).toEqual({ value });
    expect(read(Buffer.from(text))).toEqual({ value });
  });

  it.each([",0:", '{0:\\"', '\\",1:{', "\\\\", 'a\\"{2:', "\\u007b3:"])("row 18: inside a string are text: %s", (inside) => {
    const text = `{"${inside}":"${inside}",7:"${inside}"}`;
    const value = JSON.parse(text.replace(",7:", ',"7":'));
    expect(read(text)).toEqual({ value });
  });

  it.each([
    "",
    "{",
    "{0}",
    "{0:}",
    "{0:1",
    "[0:1]",
    "{-:1}",
    "{--1:1}",
    "{1.5:1}",
    "{1e3:1}",
    "{0x1:1}",
    "{+1:1}",
    "{a:1}",
    "{'a':1}",
    "{0:1,}",
    "{0 1:1}",
    "{,0:1}",
    '{"a',
    "<html>",
    "undefined",
    "{0:1}{",
    "\ufeff{}",
    '{"a":\u00a01}',
  ])("row 18: nothing else is forgiven: %s", (text) => {
    expect(read(text)).toBe("MALFORMED_RESPONSE");
  });

  it("row 18: bytes that are no UTF-8 are refused", () => {
    expect(read(Uint8Array.of(0x22, 0xc3, 0x22))).toBe("MALFORMED_RESPONSE");
  });

  it("row 18: lists and objects are 64 deep at most", () => {
    const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
    expect(read(nested(64))).toHaveProperty("value");
    expect(read(nested(65))).toBe("MALFORMED_RESPONSE");
    expect(read("{0:".repeat(65))).toBe("MALFORMED_RESPONSE");
    expect(read(`[${"[],".repeat(100)}[]]`)).toHaveProperty("value");
  });
});

/** A value whose objects have many integers for keys, and strings that look like JSON. */
const snippets = fc.constantFrom(",0:", "{0:", '"', "\\", '\\"', "1", "-", ":", "{", "}", " ", "é", "\u{1f600}", "\n");
const tricky = fc.oneof(
  fc.array(snippets, { maxLength: 6 }).map((parts) => parts.join("")),
  fc.string({ unit: "binary", maxLength: 5 }),
);
const integerKey = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
const { value: anyJson } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.oneof(
      tricky,
      fc.integer(),
      fc.double({ noDefaultInfinity: true, noNaN: true }).map((value) => value + 0),
      fc.constantFrom(true, false, null),
    ),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.oneof(integerKey, fc.nat(20).map(String), tricky), tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

/** Writes as fastjson does: integer keys without quotes, where `bare` says so; `blanks` go between everything. */
function written(value: unknown, bare: (key: string) => boolean, blank: string): string {
  const inside = (one: unknown): string => written(one, bare, blank);
  if (Array.isArray(value)) return `[${blank}${value.map(inside).join(`${blank},${blank}`)}${blank}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, one]) => `${bare(key) ? key : JSON.stringify(key)}${blank}:${blank}${inside(one)}`);
  return `{${blank}${entries.join(`${blank},${blank}`)}${blank}}`;
}

describe("any JSON", () => {
  it("row 18: comes back as it was, its integer keys quoted or not", () => {
    const cases = fc.tuple(anyJson, fc.boolean(), fc.constantFrom("", " ", "\r\n\t"));
    const property = fc.property(cases, ([value, bare, blank]) => {
      const text = written(value, (key) => bare && /^-?\d+$/.test(key), blank);
      expect(parseLenientJson(text)).toEqual(JSON.parse(JSON.stringify(value)));
    });
    fc.assert(property, { numRuns: 2_000, seed: 18 });
  });

  it("row 18: is read, or refused, as a JavaScript parser reads it, in 10 000 damaged texts", () => {
    const seen = { read: 0, refused: 0, bare: 0 };
    const cases = fc.tuple(anyJson, fc.array(damage, { maxLength: 2 }));
    const property = fc.property(cases, ([value, changes]) => {
      const valid = written(value, (key) => /^\d+$/.test(key), "");
      const text = changes.reduce(damaged, Buffer.from(valid)).toString();
      const ours = read(text);
      if (typeof ours === "string") {
        seen.refused++;
        expect(() => lenientOracle(text), text).toThrow();
      } else if (isNews(text)) {
        seen.read++;
        if (quoteBareKeys(text) !== text) seen.bare++;
        expect(ours.value, text).toEqual(lenientOracle(text));
      }
    });
    fc.assert(property, { numRuns: 10_000, seed: 18 });
    // Else the texts would be too wild, or too tame, to prove anything.
    expect(Math.min(seen.read, seen.refused, seen.bare), JSON.stringify(seen)).toBeGreaterThan(1_000);
  }, 60_000);
});

/** Of what ours reads, JavaScript has no negative keys, none with a leading zero, and no `__proto__` twice. */
function isNews(text: string): boolean {
  return !/[{,]\s*(?:-\d+|0\d+)\s*:|__proto__/.test(text);
}

/** A text that counts how often somebody looks at one of its characters. */
class CountedText extends String {
  looks = 0;
  override charCodeAt(at: number): number {
    this.looks++;
    return super.charCodeAt(at);
  }
}

describe("the work", () => {
  it.each<[string, string]>([
    ["a string without end, full of escaped quotes", '\\"'],
    ["a key at every comma", ",1:"],
    ["numbers at every comma", ",1"],
    ["numbers that blanks follow", ",1    "],
    ["blanks", "     "],
    ["commas", ","],
    ["a number without end", "9"],
    ["minus signs", ",-"],
    ["strings", '"",'],
    ["quotes", '"'],
  ])("row 18: is at most four looks at each character: %s", (_what, unit) => {
    for (const start of ["", "{", '{"', "{1", ","]) {
      const text = new CountedText(start + unit.repeat(20_000));
      quoteBareKeys(text as unknown as string);
      expect(text.looks / text.length).toBeLessThanOrEqual(4);
    }
  });

  it("row 18: is at most four looks at each character of any text", () => {
    const texts = fc.array(fc.oneof(snippets, fc.constantFrom(",1", ",-1 ", ",", " ", "99")), { maxLength: 200 });
    const property = fc.property(texts, (parts) => {
      const text = new CountedText(parts.join(""));
      try {
        quoteBareKeys(text as unknown as string);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
      return text.looks <= 4 * text.length + 4;
    });
    fc.assert(property, { numRuns: 2_000, seed: 18 });
  });
});
