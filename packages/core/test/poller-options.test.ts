import { describe, expect, it } from "vitest";
import { MetadataPoller, type PollerOptions, systemClock } from "../src/index.js";
import { resolveOptions } from "../src/poller-options.js";
import { ManualClock } from "./support/manual-clock.js";
import { ScriptedSource } from "./support/scripted-source.js";

/** Every option that is a number: its default, and its bounds while all others have theirs. */
const NUMBERS = [
  { name: "intervalMs", byDefault: 30_000, min: 10, max: 86_400_000 },
  { name: "minIntervalMs", byDefault: 1_000, min: 10, max: 30_000 },
  { name: "timeoutMs", byDefault: 10_000, min: 10, max: 86_400_000 },
  { name: "staleAfterMs", byDefault: 90_000, min: 30_000, max: Number.POSITIVE_INFINITY },
  { name: "lingerMs", byDefault: 0, min: 0, max: Number.POSITIVE_INFINITY },
] as const;

/** The whole text of the error; `accepted` when there is none. */
function refusal(options: unknown): string {
  try {
    resolveOptions(options as PollerOptions);
    return "accepted";
  } catch (error) {
    expect(error).toMatchObject({ name: "DiscoveryError", code: "INVALID_OPTIONS", source: "core", retryable: false });
    return (error as Error).message;
  }
}

describe.each(NUMBERS)("the option $name", ({ name, byDefault, min, max }) => {
  it(`is ${byDefault} by default, also when it is given as undefined`, () => {
    expect([resolveOptions({})[name], resolveOptions({ [name]: undefined })[name]]).toEqual([byDefault, byDefault]);
  });

  it(`accepts both of its bounds, ${min} and ${max}`, () => {
    expect([resolveOptions({ [name]: min })[name], resolveOptions({ [name]: max })[name]]).toEqual([min, max]);
  });

  it("refuses what is out of bounds or no number, naming the option, what was given and what is allowed", () => {
    const above = Number.isFinite(max) ? [max + 1, Number.POSITIVE_INFINITY] : [];
    for (const given of [min - 1, min - 0.001, -min - 1, ...above, Number.NaN]) {
      expect(refusal({ [name]: given })).toBe(`[core] [INVALID_OPTIONS] ${name}: got ${given}, allowed is a number from ${min} to ${max}`);
    }
    expect(refusal({ [name]: "50000" })).toContain(`${name}: got "50000", allowed is`);
    expect(refusal({ [name]: 50_000n })).toContain(`${name}: got 50000n, allowed is`);
  });
});

describe("bounds that depend on intervalMs", () => {
  it("what is implied gives way to a short interval", () => {
    expect(resolveOptions({ intervalMs: 500 })).toMatchObject({ minIntervalMs: 500, timeoutMs: 500, staleAfterMs: 1_500 });
    expect(resolveOptions({ intervalMs: 10 })).toMatchObject({ minIntervalMs: 10, timeoutMs: 10, staleAfterMs: 30 });
  });

  it("what is implied does not grow with a long interval, except staleAfterMs", () => {
    expect(resolveOptions({ intervalMs: 86_400_000 })).toMatchObject({
      minIntervalMs: 1_000,
      timeoutMs: 10_000,
      staleAfterMs: 259_200_000,
    });
  });

  it("what is given is an error instead", () => {
    expect(refusal({ intervalMs: 500, minIntervalMs: 501 })).toContain("minIntervalMs: got 501, allowed is a number from 10 to 500");
    expect(refusal({ intervalMs: 500, staleAfterMs: 499 })).toContain("staleAfterMs: got 499, allowed is a number from 500 to Infinity");
  });

  it("a given timeoutMs may exceed the interval, as a long poll does", () => {
    expect(resolveOptions({ intervalMs: 500, timeoutMs: 60_000 }).timeoutMs).toBe(60_000);
  });
});

describe("the other options", () => {
  it("are a guard, no mapping and the system's clock by default", () => {
    const { guard, mapEndpoint, clock } = resolveOptions({ guard: undefined, mapEndpoint: undefined, clock: undefined });
    expect([guard([], [], 100), mapEndpoint, clock]).toEqual([false, undefined, systemClock]);
  });

  it("are taken as they are given", () => {
    const given = { guard: () => true, mapEndpoint: () => undefined, clock: new ManualClock() };
    const resolved = resolveOptions(given);
    expect([resolved.guard, resolved.mapEndpoint, resolved.clock]).toEqual([given.guard, given.mapEndpoint, given.clock]);
  });

  it("refuse what is no function or no clock, naming what is missing", () => {
    expect(refusal({ guard: 0.5 })).toContain("guard: got 0.5, allowed is a function");
    expect(refusal({ guard: null })).toContain("guard: got null, allowed is a function");
    expect(refusal({ mapEndpoint: {} })).toContain("mapEndpoint: got {}, allowed is a function");
    expect(refusal({ clock: null })).toContain("clock: got null, allowed is an object with the method now");
    for (const method of ["now", "wallNow", "setTimeout", "clearTimeout", "random"]) {
      expect(refusal({ clock: { ...systemClock, [method]: undefined } })).toContain(`allowed is an object with the method ${method}`);
    }
  });
});

describe("option names", () => {
  it("that are unknown are refused, and the known ones are listed", () => {
    expect(refusal({ interval: 5 })).toBe(
      '[core] [INVALID_OPTIONS] MetadataPoller, option names: got "interval", allowed is one of intervalMs, minIntervalMs, timeoutMs, staleAfterMs, lingerMs, guard, probe, mapEndpoint, store, clock',
    );
    expect(refusal({ interval: undefined })).toContain('got "interval"');
  });

  it("belong to an object", () => {
    for (const [given, shown] of [
      [null, "null"],
      [5, "5"],
      ["5s", '"5s"'],
    ] as const) {
      expect(refusal(given)).toBe(`[core] [INVALID_OPTIONS] the options of MetadataPoller: got ${shown}, allowed is an object`);
    }
  });

  it("are checked by the constructor, before anything is asked", () => {
    const source = new ScriptedSource(new ManualClock(), ["a"]);
    expect(() => new MetadataPoller(source, { intervalMs: 9 })).toThrow(/intervalMs: got 9/);
    expect(source.starts).toEqual([]);
  });
});
