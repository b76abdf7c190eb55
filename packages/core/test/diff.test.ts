import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffEndpoints, rememberingDiff } from "../src/diff.js";
import type { Diff, Endpoint } from "../src/index.js";

/** For every id two objects that say different things; a list takes one of them or neither. */
const IDS = ["", "1", "10", "2", "A", "a", "aa", "b", "é", "𝒳"];
const VARIANTS: readonly (readonly Endpoint[])[] = IDS.map((id) => [1, 2].map((port) => ({ id, host: "h", port })));
const lists: fc.Arbitrary<readonly Endpoint[]> = fc
  .array(fc.constantFrom(-1, 0, 1), { minLength: IDS.length, maxLength: IDS.length })
  .map((choices) => choices.flatMap((choice, at) => VARIANTS[at]?.[choice] ?? []).sort((a, b) => (a.id < b.id ? -1 : 1)));

function fold(before: readonly Endpoint[], { added, removed, changed }: Diff): readonly Endpoint[] {
  const folded = new Map(before.map((endpoint) => [endpoint.id, endpoint]));
  for (const gone of removed) {
    expect(folded.get(gone.id)).toBe(gone);
    folded.delete(gone.id);
  }
  for (const [old, next] of changed) {
    expect(folded.get(old.id)).toBe(old);
    folded.set(next.id, next);
  }
  for (const endpoint of added) {
    expect(folded.has(endpoint.id)).toBe(false);
    folded.set(endpoint.id, endpoint);
  }
  return [...folded.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

describe("diffEndpoints", () => {
  it("folded over before gives after, object for object, and mentions nobody who stayed the same", () => {
    fc.assert(
      fc.property(lists, lists, (before, after) => {
        const diff = diffEndpoints(before, after);
        const folded = fold(before, diff);
        expect(folded.length === after.length && folded.every((endpoint, at) => endpoint === after[at])).toBe(true);
        const mentioned = [...diff.added, ...diff.removed, ...diff.changed.flat()];
        expect(mentioned.filter((endpoint) => before.includes(endpoint) && after.includes(endpoint))).toEqual([]);
      }),
    );
  });

  it("is sorted by id and frozen throughout", () => {
    fc.assert(
      fc.property(lists, lists, (before, after) => {
        const { added, removed, changed, ...rest } = diffEndpoints(before, after);
        const idLists = [added, removed, changed.map(([, next]) => next)].map((list) => list.map(({ id }) => id));
        for (const ids of idLists) expect(ids).toEqual([...ids].sort());
        expect([added, removed, changed, ...changed].every(Object.isFrozen)).toBe(true);
        expect(rest).toEqual({});
      }),
    );
  });

  it("reverses when its arguments do", () => {
    fc.assert(
      fc.property(lists, lists, (before, after) => {
        const forth = diffEndpoints(before, after);
        const back = diffEndpoints(after, before);
        expect([back.added, back.removed]).toEqual([forth.removed, forth.added]);
        expect(back.changed).toEqual(forth.changed.map(([old, next]) => [next, old]));
      }),
    );
  });
});

describe("rememberingDiff", () => {
  it("returns the same object for the same two lists in a row, and forgets it for any others", () => {
    const diff = rememberingDiff();
    const [none, one, other] = [[], [{ id: "a", host: "h", port: 1 }], [{ id: "b", host: "h", port: 1 }]];
    const first = diff(none, one);
    expect(diff(none, one)).toBe(first);
    expect(diff(none, other).added).toEqual(other);
    expect(diff(one, other).removed).toEqual(one);
    expect(diff(none, one)).toEqual(first);
  });
});
