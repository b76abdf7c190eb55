import { afterEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../src/index.js";

afterEach(() => void vi.restoreAllMocks());

describe("systemClock", () => {
  it("does not keep the process alive by its timers, except with keepAlive", () => {
    const [loose, explicit, kept] = [undefined, false, true].map(
      (keepAlive) => systemClock.setTimeout(() => undefined, 60_000, keepAlive) as NodeJS.Timeout,
    );
    expect([loose?.hasRef(), explicit?.hasRef(), kept?.hasRef()]).toEqual([false, false, true]);
    for (const timer of [loose, explicit, kept]) systemClock.clearTimeout(timer);
  });

  it("calls back once, not before its time on the monotonic clock", async () => {
    const startedAt = systemClock.now();
    await new Promise<void>((resolve) => systemClock.setTimeout(resolve, 5.5, true));
    expect(systemClock.now() - startedAt).toBeGreaterThanOrEqual(5);
  });

  it("forgets a timer, also one that has fired or never was", async () => {
    let fired = false;
    const cleared = systemClock.setTimeout(() => {
      fired = true;
    }, 1);
    systemClock.clearTimeout(cleared);
    const handle = await new Promise((resolve) => {
      const timer: unknown = systemClock.setTimeout(() => resolve(timer), 5, true);
    });
    systemClock.clearTimeout(handle);
    systemClock.clearTimeout(undefined);
    expect(fired).toBe(false);
  });

  it("never asks Node for more than it can wait, nor for a fraction less than was asked", () => {
    const timeouts = vi.spyOn(globalThis, "setTimeout");
    for (const delayMs of [2 ** 31, 1e15, Number.POSITIVE_INFINITY, 0.2])
      systemClock.clearTimeout(systemClock.setTimeout(() => undefined, delayMs));
    expect(timeouts.mock.calls.map(([, delayMs]) => delayMs)).toEqual([2 ** 31 - 1, 2 ** 31 - 1, 2 ** 31 - 1, 1]);
  });

  it("tells monotonic time, the date and random numbers in [0, 1)", () => {
    vi.spyOn(Date, "now").mockReturnValue(1_700_000_000_000);
    const before = systemClock.now();
    expect(systemClock.now()).toBeGreaterThanOrEqual(before);
    expect(systemClock.now()).toBeLessThan(1_700_000_000_000);
    expect(systemClock.wallNow()).toBe(1_700_000_000_000);
    const numbers = Array.from({ length: 100 }, () => systemClock.random());
    expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
    expect(new Set(numbers).size).toBeGreaterThan(90);
  });
});
