import { expect, it } from "vitest";
import { type Clock, systemClock } from "../../src/index.js";
import { Churn, heapUsed, slopeOf } from "./churn.js";
import { ManualClock, settle } from "./manual-clock.js";

/** What the last visitors and the newest snapshots may still hold. */
const FEW = 30;
const SAMPLES = 10;
/** Code that is compiled and caches that are filled take some time to settle. */
const WARM_UP = 20_000;

/** Tests that after so many comings and goings nothing is left; on the system's clock they take real time. */
export function leavesNothing(cycles: number, realCycles: number): void {
  it(`${cycles} comings and goings leave no object, timer or listener behind`, { timeout: 10_000 + 5 * cycles }, async () => {
    const { churn, time } = await churned(cycles);
    await heapUsed();
    expect(churn.alive).toBeLessThan(FEW);
    expect({ timers: time.pending, listeners: churn.listeners }).toEqual({ timers: 0, listeners: 0 });
    expect(Math.min(churn.probes, churn.asides), "it was no real churn").toBeGreaterThan(cycles / 30);
    await churn.poller.close();
    expect(time.pending).toBe(0);
  });

  it(`${realCycles} comings and goings on the system's clock leave no timer or handle`, { timeout: 10_000 + 20 * realCycles }, async () => {
    // The test runner has a timeout of its own; ours are counted one by one.
    const handles = (): readonly string[] =>
      process
        .getActiveResourcesInfo()
        .filter((kind) => kind !== "Timeout")
        .sort();
    const before = handles();
    const { clock, timers } = countingTimers();
    const churn = new Churn(clock, settle, { intervalMs: 20, minIntervalMs: 10 });
    for (let cycle = 0; cycle < realCycles; cycle += 1) await churn.cycle();
    expect({ timers: timers.size, listeners: churn.listeners }).toEqual({ timers: 0, listeners: 0 });
    await churn.poller.close();
    expect(handles()).toEqual(before);
  });
}

/**
 * Tests that the heap stays flat over so many comings and goings.
 * @param bytesPerCycle - it may seem to grow by so much; a subscription that one of the ways does not let go adds more than 13
 */
export function heapStaysFlat(cycles: number, bytesPerCycle: number): void {
  it(`${cycles} comings and goings leave the heap as it was`, { timeout: 10_000 + 5 * cycles }, async () => {
    const { churn } = await churned(WARM_UP);
    const samples: number[] = [];
    for (let cycle = 0; cycle < cycles; cycle += 1) {
      if (cycle % (cycles / SAMPLES) === 0) samples.push(await heapUsed());
      await churn.cycle();
    }
    expect(slopeOf(samples) / (cycles / SAMPLES), `the heap was ${samples.join(" ")}`).toBeLessThan(bytesPerCycle);
  });
}

async function churned(cycles: number): Promise<{ readonly churn: Churn; readonly time: ManualClock }> {
  const time = new ManualClock();
  const churn = new Churn(time, (ms) => time.advance(ms));
  for (let cycle = 0; cycle < cycles; cycle += 1) await churn.cycle();
  return { churn, time };
}

/** The system's clock, and the timers that are set on it. */
function countingTimers(): { readonly clock: Clock; readonly timers: ReadonlySet<unknown> } {
  const timers = new Set<unknown>();
  const clock: Clock = {
    ...systemClock,
    setTimeout: (callback, delayMs, keepAlive) => {
      const fire = (): void => {
        timers.delete(timer);
        callback();
      };
      const timer = systemClock.setTimeout(fire, delayMs, keepAlive);
      timers.add(timer);
      return timer;
    },
    clearTimeout: (timer) => {
      timers.delete(timer);
      systemClock.clearTimeout(timer);
    },
  };
  return { clock, timers };
}
