import { describe, expect, it } from "vitest";
import { backoffPause, intervalPause, randomPhase } from "../src/poll-schedule.js";
import { ManualClock } from "./support/manual-clock.js";

const ALMOST_ONE = 1 - 2 ** -32;

/** A clock whose dice show what a test says, in turn. */
class LoadedClock extends ManualClock {
  readonly #dice: number[];

  constructor(dice: readonly number[]) {
    super();
    this.#dice = [...dice];
  }

  override random(): number {
    return this.#dice.shift() ?? Number.NaN;
  }
}

function pace(dice: readonly number[], intervalMs = 10_000, minIntervalMs = 1_000) {
  return { intervalMs, minIntervalMs, clock: new LoadedClock(dice) };
}

describe("intervalPause", () => {
  it.each([
    [0, 9_000],
    [0.25, 9_500],
    [0.5, 10_000],
    [ALMOST_ONE, 11_000],
  ])("is one interval give or take a tenth: with the dice at %d, %d of 10 000 ms", (dice, pause) => {
    expect(intervalPause(pace([dice]))).toBeCloseTo(pause, 3);
  });
});

describe("randomPhase", () => {
  it.each([
    ["is a random part of an interval", [0.5, 0.75], 7_500],
    ["of an interval that is spread itself", [0, 0.5], 4_500],
    ["may be the floor", [0.5, 0.1], 1_000],
    ["goes one interval further when it falls below the floor", [0.5, 0.05, 0], 9_500],
    ["which is spread anew", [0.5, 0, 0.75], 10_500],
  ])("%s", (_what, dice, pause) => {
    expect(randomPhase(pace(dice))).toBeCloseTo(pause, 6);
  });

  it("where floor and interval are the same, never falls below the floor by more than the spread", () => {
    expect(randomPhase(pace([0.5, 0.9, 0], 1_000, 1_000))).toBeCloseTo(1_800, 6);
  });
});

describe("backoffPause", () => {
  it.each([
    // The floor doubled each time, half of it random…
    { failures: 1, intervalMs: 60_000, least: 1_000, most: 1_500 },
    { failures: 2, intervalMs: 60_000, least: 1_000, most: 2_000 },
    { failures: 3, intervalMs: 60_000, least: 2_000, most: 4_000 },
    { failures: 4, intervalMs: 60_000, least: 4_000, most: 8_000 },
    // …up to ten seconds…
    { failures: 5, intervalMs: 60_000, least: 5_000, most: 10_000 },
    { failures: 5_000, intervalMs: 60_000, least: 5_000, most: 10_000 },
    // …or to a shorter interval.
    { failures: 3, intervalMs: 3_000, least: 1_500, most: 3_000 },
    { failures: 9, intervalMs: 3_000, least: 1_500, most: 3_000 },
  ])("after $failures failures at an interval of $intervalMs ms is $least to $most ms", ({ failures, intervalMs, least, most }) => {
    expect(backoffPause(failures, pace([0], intervalMs))).toBe(least);
    expect(backoffPause(failures, pace([0.5], intervalMs))).toBe((least + most) / 2);
    expect(backoffPause(failures, pace([ALMOST_ONE], intervalMs))).toBeCloseTo(most, 3);
  });

  it("is never below a floor that is longer than any backoff", () => {
    expect(backoffPause(1, pace([0], 60_000, 20_000))).toBe(20_000);
    expect(backoffPause(7, pace([0.5], 60_000, 20_000))).toBe(22_500);
  });
});
