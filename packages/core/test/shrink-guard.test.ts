import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Endpoint, type Guard, shrinkGuard } from "../src/index.js";

function members(count: number): readonly Endpoint[] {
  return Array.from({ length: count }, (_, at) => ({ id: String(at), host: "h", port: 1 }));
}

const believes = (guard: Guard, next: number, current: number, streak = 1): boolean => guard(members(next), members(current), streak);

describe("shrinkGuard", () => {
  it("by default believes an answer that keeps half of the count, and holds one that keeps less", () => {
    const guard = shrinkGuard();
    expect([believes(guard, 2, 4), believes(guard, 1, 2), believes(guard, 3, 5), believes(guard, 7, 3)]).toEqual([true, true, true, true]);
    expect([believes(guard, 1, 4), believes(guard, 1, 3), believes(guard, 2, 5)]).toEqual([false, false, false]);
  });

  it("by default believes the third suspicious answer in a row, but never an empty one", () => {
    const guard = shrinkGuard();
    expect([1, 2, 3, 4].map((streak) => believes(guard, 1, 4, streak))).toEqual([false, false, true, true]);
    expect([1, 3, 1_000_000].map((streak) => believes(guard, 0, 4, streak))).toEqual([false, false, false]);
  });

  it("allowEmpty: an empty answer must be confirmed as any other collapse, even for the first set", () => {
    const guard = shrinkGuard({ allowEmpty: true, confirmations: 2 });
    expect([1, 2].map((streak) => believes(guard, 0, 4, streak))).toEqual([false, true]);
    expect([1, 2].map((streak) => believes(guard, 0, 0, streak))).toEqual([false, true]);
  });

  it("maxShrink 0 holds every loss, 1 trusts every answer that lists somebody", () => {
    expect([believes(shrinkGuard({ maxShrink: 0 }), 99, 100), believes(shrinkGuard({ maxShrink: 0 }), 100, 100)]).toEqual([false, true]);
    expect([believes(shrinkGuard({ maxShrink: 1 }), 1, 100), believes(shrinkGuard({ maxShrink: 1 }), 0, 100)]).toEqual([true, false]);
  });

  it("confirmations 1 believes the first collapse", () => {
    expect(believes(shrinkGuard({ confirmations: 1 }), 1, 100)).toBe(true);
  });

  it("never lets one answer remove more than maxShrink of the count", () => {
    const shares = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(shares, fc.nat(60), fc.nat(60), (maxShrink, next, current) => {
        const believed = believes(shrinkGuard({ maxShrink }), next, current);
        expect(believed).toBe(next > 0 && next >= (1 - maxShrink) * current);
      }),
    );
  });

  it.each([
    [{ maxShrink: -0.01 }, "guard.maxShrink: got -0.01, allowed is a number from 0 to 1"],
    [{ maxShrink: 1.01 }, "guard.maxShrink: got 1.01, allowed is a number from 0 to 1"],
    [{ maxShrink: Number.NaN }, "guard.maxShrink: got NaN"],
    [{ maxShrink: "0.5" }, 'guard.maxShrink: got "0.5"'],
    [{ confirmations: 0 }, "guard.confirmations: got 0, allowed is a number from 1 to 100"],
    [{ confirmations: 101 }, "guard.confirmations: got 101"],
    [{ allowEmpty: "yes" }, 'guard.allowEmpty: got "yes", allowed is true or false'],
    [{ maxShrinkage: 1 }, 'shrinkGuard, option names: got "maxShrinkage", allowed is one of maxShrink, confirmations, allowEmpty'],
    [null, "the options of shrinkGuard: got null, allowed is an object"],
  ])("refuses %j", (options, message) => {
    expect(() => shrinkGuard(options as never)).toThrow(`[core] [INVALID_OPTIONS] ${message}`);
  });

  it.each([
    { maxShrink: 0 },
    { maxShrink: 1 },
    { confirmations: 1 },
    { confirmations: 100 },
    { maxShrink: undefined, allowEmpty: undefined },
  ])("accepts %j", (options) => {
    expect(typeof shrinkGuard(options)).toBe("function");
  });
});
