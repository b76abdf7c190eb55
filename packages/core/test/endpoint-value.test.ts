import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { endpointProblem, frozenEndpoint, sameEndpoint } from "../src/endpoint-value.js";
import type { Endpoint } from "../src/index.js";

const good: Endpoint = { id: "1", host: "a.test", port: 2379 };

describe("endpointProblem", () => {
  it.each([
    good,
    { ...good, port: 1 },
    { ...good, port: 65_535 },
    { ...good, host: "10.0.0.1" },
    { ...good, host: "fd00::1" },
    { ...good, host: "fe80::1%eth0" },
    { ...good, attributes: undefined },
    { ...good, attributes: {} },
    { ...good, attributes: { zone: "a", weight: 1.5, tls: true } },
    { ...good, more: "is ignored" },
  ])("accepts %j", (value) => {
    expect(endpointProblem(value)).toBeUndefined();
  });

  it.each([
    [null, /no object/],
    [undefined, /no object/],
    ["a.test:2379", /no object/],
    [{ ...good, id: "" }, /id/],
    [{ ...good, id: 1 }, /id/],
    [{ ...good, host: "" }, /host/],
    [{ ...good, host: "[::1]" }, /host.*without brackets/],
    [{ ...good, host: "http://a.test" }, /host/],
    [{ ...good, host: "a test" }, /host/],
    [{ ...good, host: "a.test\n" }, /host/],
    [{ ...good, host: undefined }, /host/],
    [{ ...good, port: 0 }, /port/],
    [{ ...good, port: 65_536 }, /port/],
    [{ ...good, port: 80.5 }, /port/],
    [{ ...good, port: "80" }, /port/],
    [{ ...good, port: Number.NaN }, /port/],
    [{ ...good, attributes: null }, /attributes are no object/],
    [{ ...good, attributes: "zone" }, /attributes are no object/],
    [{ ...good, attributes: { zone: { name: "a" } } }, /attributes are not all/],
    [{ ...good, attributes: { zone: undefined } }, /attributes are not all/],
  ])("refuses %j", (value, reason) => {
    expect(endpointProblem(value)).toMatch(reason);
  });
});

describe("frozenEndpoint", () => {
  it("is a frozen copy of the four fields, attributes included", () => {
    const attributes = { zone: "a" };
    const copy = frozenEndpoint({ ...good, attributes, more: 1 } as Endpoint);
    attributes.zone = "changed";
    expect(copy).toEqual({ ...good, attributes: { zone: "a" } });
    expect([Object.isFrozen(copy), Object.isFrozen(copy.attributes)]).toEqual([true, true]);
    expect(Object.keys(frozenEndpoint({ ...good, attributes: undefined }))).toEqual(["id", "host", "port"]);
  });
});

describe("sameEndpoint", () => {
  const attributes = fc.option(
    fc.dictionary(
      fc.constantFrom("zone", "rack", "__proto__", "0"),
      fc.oneof(fc.constantFrom("a", "b"), fc.boolean(), fc.constantFrom(Number.NaN, 1)),
    ),
    { nil: undefined },
  );

  it("says the same exactly when every attribute does, in any order", () => {
    fc.assert(
      fc.property(attributes, attributes, (a, b) => {
        const text = (facts: typeof a): string =>
          facts === undefined
            ? "none"
            : String(
                Object.entries(facts)
                  .map(([name, fact]) => `${name}=${typeof fact}${fact}`)
                  .sort(),
              );
        expect(sameEndpoint({ ...good, attributes: a }, { ...good, attributes: b })).toBe(text(a) === text(b));
      }),
    );
  });

  it("tells addresses apart", () => {
    expect(sameEndpoint(good, { ...good })).toBe(true);
    expect(sameEndpoint(good, { ...good, host: "b.test" })).toBe(false);
    expect(sameEndpoint(good, { ...good, port: 2380 })).toBe(false);
  });

  it("judges a frozen copy to be the same as what it was made of", () => {
    fc.assert(
      fc.property(attributes, (facts) => {
        const original = { ...good, attributes: facts };
        expect(sameEndpoint(frozenEndpoint(original), original)).toBe(true);
      }),
    );
  });
});
