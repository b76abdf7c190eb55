import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Endpoint, type Snapshot, select } from "../src/index.js";
import { selectView } from "../src/select.js";
import { answer, ids, member } from "./support/scripted-source.js";

const distinctIds = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 40 });
const toEndpoints = (names: readonly string[]): readonly Endpoint[] => names.map((id) => ({ id, host: "h", port: 1 }));

describe("select.preferZone", () => {
  const zoned = ["a", "b", "c"].map((id, at) => ({ ...member(id), attributes: { zone: at < 2 ? "near" : "far" } }));

  it("chooses the members of the zone", () => {
    expect(ids(select.preferZone("near")(zoned))).toBe("a b");
  });

  it("chooses everybody while nobody is in the zone", () => {
    expect(select.preferZone("mars")(zoned)).toBe(zoned);
    const zoneless = answer("a", "b").endpoints;
    expect(select.preferZone("near")(zoneless)).toBe(zoneless);
  });
});

describe("select.subset", () => {
  it("chooses at most size of the given objects, whatever order they come in", () => {
    fc.assert(
      fc.property(distinctIds, fc.integer({ min: 1, max: 50 }), fc.string(), (names, size, seed) => {
        const endpoints = toEndpoints(names);
        const choose = select.subset({ size, seed });
        const chosen = choose(endpoints);
        expect(new Set(chosen).size).toBe(Math.min(size, endpoints.length));
        expect(chosen.every((endpoint) => endpoints.includes(endpoint))).toBe(true);
        expect(new Set(choose([...endpoints].reverse()))).toEqual(new Set(chosen));
      }),
    );
  });

  it("changes at most one place when a member comes or goes", () => {
    fc.assert(
      fc.property(distinctIds, fc.integer({ min: 1, max: 10 }), fc.string(), fc.nat(), (names, size, seed, pick) => {
        const endpoints = toEndpoints(names);
        const choose = select.subset({ size, seed });
        const gone = endpoints[pick % endpoints.length];
        const before = new Set(choose(endpoints));
        const after = new Set(choose(endpoints.filter((endpoint) => endpoint !== gone)));
        expect([...before].filter((endpoint) => !after.has(endpoint))).toEqual(gone !== undefined && before.has(gone) ? [gone] : []);
        expect([...after].filter((endpoint) => !before.has(endpoint)).length).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("gives every seed its own subset, so that many processes use all members about equally", () => {
    const endpoints = toEndpoints(Array.from({ length: 10 }, (_, at) => `member-${at}`));
    const users = new Map<string, number>();
    for (let seed = 0; seed < 1_000; seed += 1) {
      for (const { id } of select.subset({ size: 3, seed: `host-${seed}` })(endpoints)) users.set(id, (users.get(id) ?? 0) + 1);
    }
    expect(users.size).toBe(10);
    for (const count of users.values()) expect(Math.abs(count - 300)).toBeLessThan(75); // five standard deviations
  });

  it.each([
    [{ size: 0, seed: "s" }, "select.subset size: got 0, allowed is a number from 1 to 1000000"],
    [{ size: 1_000_001, seed: "s" }, "select.subset size: got 1000001"],
    [{ seed: "s" }, "select.subset size: got undefined"],
    [{ size: 3 }, "select.subset seed: got undefined, allowed is text"],
    [{ size: 3, seed: "s", count: 3 }, 'select.subset, option names: got "count", allowed is one of size, seed'],
    [3, "the options of select.subset: got 3, allowed is an object"],
  ])("refuses %j", (options, message) => {
    expect(() => select.subset(options as never)).toThrow(`[core] [INVALID_OPTIONS] ${message}`);
  });
});

describe("selectView", () => {
  const endpoints = Object.freeze(answer("a", "b", "c").endpoints.map((endpoint) => Object.freeze(endpoint)));
  const snapshot: Snapshot<string> = Object.freeze({ version: 7, endpoints, aside: [], metadata: "m", changedAt: 1 });

  it("is the snapshot itself without a selection", () => {
    expect(selectView(undefined, snapshot, [])).toBe(snapshot);
  });

  it("keeps the order of the snapshot, drops duplicates and strangers, and freezes", () => {
    const view = selectView(([a, , c]) => [c, a, a, member("a")] as readonly Endpoint[], snapshot, []);
    expect(view).toEqual({ ...snapshot, endpoints: [endpoints[0], endpoints[2]] });
    expect([Object.isFrozen(view), Object.isFrozen(view.endpoints), view.endpoints[0] === endpoints[0]]).toEqual([true, true, true]);
  });

  it("reuses the array that was applied last when it holds the same endpoints", () => {
    const applied = endpoints.slice(0, 2);
    expect(selectView((all) => all.slice(0, 2), snapshot, applied).endpoints).toBe(applied);
    expect(selectView((all) => all.slice(0, 1), snapshot, applied).endpoints).not.toBe(applied);
    expect(selectView((all) => all.slice(1, 3), snapshot, applied).endpoints).not.toBe(applied);
  });

  it("throws when somebody is there and nobody is chosen, or only copies are; an empty set may stay empty", () => {
    expect(() => selectView(() => [], snapshot, [])).toThrow("select chose none of 3 endpoints");
    expect(() => selectView((all) => all.map((endpoint) => ({ ...endpoint })), snapshot, [])).toThrow("select chose none of 3");
    expect(selectView((all) => all, { ...snapshot, endpoints: [] }, []).endpoints).toEqual([]);
  });
});
