import { describe, expect, it } from "vitest";
import { ProbedMember } from "../src/probed-member.js";
import { RunningProbe } from "../src/running-probe.js";
import { Timer } from "../src/timer.js";
import { ManualClock } from "./support/manual-clock.js";
import { member as endpoint } from "./support/scripted-source.js";

function fresh(clock = new ManualClock()): ProbedMember {
  return new ProbedMember(endpoint("a"), new Timer(clock, () => undefined));
}

/** The pauses after so many questions in a row that brought nothing, with dice that show one half. */
function pauses(count: number, proven: boolean, member = fresh()): readonly (number | undefined)[] {
  return Array.from({ length: count }, () => member.pauseMs(1_000, proven, 0.5));
}

describe("ProbedMember", () => {
  it("has never been asked at first", () => {
    const member = fresh();
    expect(member).toMatchObject({ endpoint: endpoint("a"), endedAt: Number.NEGATIVE_INFINITY, hearings: 0 });
    expect([member.probe, member.doubt, member.cause, member.timer.dueAt]).toEqual([undefined, undefined, undefined, undefined]);
  });

  it("patience is 100 ms, or twice the slowest answer", () => {
    const member = fresh();
    const seen = [0, 50, 51, 300, 10].map((tookMs) => {
      member.answered(tookMs);
      return member.patienceMs(10_000);
    });
    expect([fresh().patienceMs(10_000), ...seen]).toEqual([100, 100, 100, 102, 600, 540]);
  });

  it("patience forgets a tenth of a bad day at each answer, down to 100 ms", () => {
    const member = fresh();
    member.answered(300);
    for (let answers = 1; answers <= 5; answers += 1) {
      member.answered(0);
      expect(member.patienceMs(10_000)).toBeCloseTo(600 * 0.9 ** answers, 6);
    }
    for (let answers = 0; answers < 50; answers += 1) member.answered(1);
    expect(member.patienceMs(10_000)).toBe(100);
  });

  it("patience is no more than 0.8 of the timeout, except for who is known to need more", () => {
    const patience = [0, 40, 60, 72, 73, 99].map((tookMs) => {
      const member = fresh();
      member.answered(tookMs);
      return member.patienceMs(100);
    });
    expect(patience).toEqual([80, 80, 80, 80, 100, 100]);
  });

  it("an answer settles what was held against it", () => {
    const member = fresh();
    Object.assign(member, { hearings: 1, cause: new Error("call failed") });
    pauses(5, true, member);
    member.answered(1);
    expect([member.hearings, member.cause, pauses(2, true, member)]).toEqual([0, undefined, [1_000, 2_000]]);
  });
});

describe("the pause before it is asked again", () => {
  it("doubles up to 8 times while it is known not to serve", () => {
    expect(pauses(6, true)).toEqual([1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
  });

  it("stays short while nobody answers, and ends after fifteen questions", () => {
    expect(pauses(17, false)).toEqual([...new Array(15).fill(1_000), undefined, undefined]);
  });

  it("begins anew when somebody answers, or nobody any more", () => {
    const member = fresh();
    expect(pauses(3, true, member)).toEqual([1_000, 2_000, 4_000]);
    expect(pauses(2, false, member)).toEqual([1_000, 1_000]);
    expect(pauses(2, true, member)).toEqual([1_000, 2_000]);
  });

  it("is spread by a tenth each way", () => {
    for (const [random, ms] of [
      [0, 450],
      [0.5, 500],
      [1, 550],
    ] as const) {
      expect(fresh().pauseMs(500, true, random)).toBeCloseTo(ms, 9);
    }
  });
});

describe("cancel", () => {
  it("forgets the question, what the last one ended with, and when to ask again", async () => {
    const clock = new ManualClock();
    const member = fresh(clock);
    const ends: unknown[] = [];
    const signals: AbortSignal[] = [];
    const ask = ({ signal }: { readonly signal: AbortSignal }) => new Promise<void>(() => void signals.push(signal));
    member.probe = new RunningProbe(ask, { clock, timeoutMs: 500, of: member.endpoint }, (end) => void ends.push(end));
    member.timer.set(1_000);
    Object.assign(member, { doubt: { failure: { kind: "refused", error: "no" }, startedAt: 0 }, hearings: 1, endedAt: 7 });
    await clock.advance(0);
    member.cancel();
    expect([member.probe, member.doubt, member.hearings, member.timer.dueAt]).toEqual([undefined, undefined, 0, undefined]);
    expect([signals[0]?.aborted, clock.pending, member.endedAt]).toEqual([true, 0, 7]);
    await clock.advance(10_000);
    expect(ends).toEqual([]);
  });

  it("is harmless when nothing is being asked", () => {
    const member = fresh();
    member.cancel();
    expect(member).toMatchObject({ hearings: 0, endedAt: Number.NEGATIVE_INFINITY });
  });
});
