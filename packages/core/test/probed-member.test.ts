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
      member.answered(tookMs, 10_000);
      return member.patienceMs(10_000);
    });
    expect([fresh().patienceMs(10_000), ...seen]).toEqual([100, 100, 100, 102, 600, 540]);
  });

  it("patience forgets a tenth of a bad day at each answer, down to 100 ms", () => {
    const member = fresh();
    member.answered(300, 10_000);
    for (let answers = 1; answers <= 5; answers += 1) {
      member.answered(0, 10_000);
      expect(member.patienceMs(10_000)).toBeCloseTo(600 * 0.9 ** answers, 6);
    }
    for (let answers = 0; answers < 50; answers += 1) member.answered(1, 10_000);
    expect(member.patienceMs(10_000)).toBe(100);
  });

  it("patience is no more than 0.8 of the timeout, except for who is known to need more", () => {
    const patience = [0, 40, 60, 72, 73, 99].map((tookMs) => {
      const member = fresh();
      member.answered(tookMs, 100);
      return member.patienceMs(100);
    });
    expect(patience).toEqual([80, 80, 80, 80, 100, 100]);
  });

  it("an answer settles what was held against it", () => {
    const member = fresh();
    Object.assign(member, { hearings: 1, cause: new Error("call failed") });
    pauses(5, true, member);
    member.answered(1, 500);
    expect([member.hearings, member.cause, pauses(2, true, member)]).toEqual([0, undefined, [1_000, 2_000]]);
  });
});

/** When it may be asked about a suspicion at `now`, with a floor of 1 s by default; then it is, and answers within `tookMs`. */
function disproves(member: ProbedMember, now: number, tookMs = 0, floorMs = 1_000): number {
  const at = member.suspected(now, floorMs);
  member.endedAt = Math.max(at, now) + tookMs;
  member.answered(tookMs, 500);
  return at;
}

describe("suspicions that a member disproves", () => {
  it("are asked about at once, then after the floor, which doubles up to 8 times", () => {
    const member = fresh();
    expect(disproves(member, 0)).toBe(Number.NEGATIVE_INFINITY);
    const pauses = Array.from({ length: 6 }, () => {
      const { endedAt } = member;
      for (let now = endedAt; now < endedAt + 8_000; now += 2_999) member.suspected(now, 1_000);
      return disproves(member, endedAt + 8_000) - endedAt;
    });
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
  });

  it("are forgotten when nobody suspected it for three floors, though the pause may last longer", () => {
    const member = fresh();
    for (const now of [0, 1_000, 3_000, 5_900]) disproves(member, now);
    const { endedAt } = member;
    expect(member.suspected(8_899, 1_000) - endedAt).toBe(8_000);
    expect(member.suspected(11_898, 1_000) - endedAt).toBe(8_000);
    expect(member.suspected(14_898, 1_000) - endedAt).toBe(1_000);
  });

  it("are no answers to other questions: as a witness, or after it did not serve", () => {
    const witness = fresh();
    for (let times = 0; times < 5; times += 1) witness.answered(0, 500);
    expect(disproves(witness, 0)).toBe(Number.NEGATIVE_INFINITY);
    const aside = fresh();
    for (const now of [0, 1_000, 2_000]) {
      aside.suspected(now, 1_000);
      pauses(1, true, aside);
      aside.endedAt = now + 900;
      aside.answered(0, 500);
    }
    expect(aside.suspected(3_000, 1_000)).toBe(3_900 - 1_000 + 1_000);
  });

  it("are no answers to other questions: when everybody is asked, itself included", () => {
    const member = fresh();
    disproves(member, 0);
    for (let times = 0; times < 5; times += 1) {
      member.isAccused = true;
      member.answered(400, 500);
    }
    expect(disproves(member, 2_000) - 0).toBe(1_000);
    expect(disproves(member, 3_000) - 2_000).toBe(2_000);
    for (let times = 0; times < 30; times += 1) member.answered(1, 500);
    expect(member.patienceMs(500)).toBe(100); // nor was it late for a suspicion
  });

  it("are asked about after 10 s at the latest, or after the floor if that is longer", () => {
    for (const [floorMs, expected] of [
      [4_000, [4_000, 8_000, 10_000, 10_000]],
      [30_000, [30_000, 30_000, 30_000, 30_000]],
    ] as const) {
      const member = fresh();
      disproves(member, 0, 0, floorMs);
      const pauses = expected.map(() => {
        const { endedAt } = member;
        return disproves(member, endedAt + 1, 0, floorMs) - endedAt;
      });
      expect(pauses).toEqual(expected);
    }
  });

  it("late give it the whole timeout from then on, until they are forgotten", () => {
    const member = fresh();
    disproves(member, 0, 100);
    expect(member.patienceMs(500)).toBe(200);
    disproves(member, 1_100, 201);
    for (let times = 0; times < 30; times += 1) member.answered(1, 500);
    expect(member.patienceMs(500)).toBe(500);
    member.suspected(4_099, 1_000);
    expect(member.patienceMs(500)).toBe(500);
    member.suspected(7_099, 1_000);
    expect(member.patienceMs(500)).toBe(100);
  });

  it("after longer than the timeout are not late: this process slept", () => {
    const member = fresh();
    disproves(member, 0, 501);
    expect(member.patienceMs(500)).toBe(100);
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
    const probe = (_: unknown, { signal }: { readonly signal: AbortSignal }) => new Promise<void>(() => void signals.push(signal));
    member.probe = new RunningProbe({ clock, timeoutMs: 500, probe }, member.endpoint, 0, (end) => void ends.push(end));
    member.timer.set(1_000);
    Object.assign(member, { doubt: { failure: { kind: "refused", error: "no" }, turn: 0 }, hearings: 1, endedAt: 7 });
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
