import { describe, expect, it } from "vitest";
import { type Failure, RunningProbe } from "../src/running-probe.js";
import { ManualClock, settle } from "./support/manual-clock.js";
import { messageOf, OF, running, TURN, witnessed } from "./support/running-probe.js";

describe("RunningProbe", () => {
  it("asks in a turn of its own, once, and knows when it began", async () => {
    const { clock, probe, ends, asked, signals } = running();
    expect([signals, ends, probe.startedAt, probe.witnessed, probe.overdue]).toEqual([[], [], 0, false, undefined]);
    await clock.advance(0);
    expect([asked, signals.map(({ aborted }) => aborted), ends]).toEqual([[OF], [false], []]);
    await clock.advance(200);
    const host = { clock, timeoutMs: 500, probe: () => Promise.resolve() };
    const later = new RunningProbe(host, OF, 150, () => undefined);
    expect([probe.turn, later.turn, later.startedAt, signals.length]).toEqual([TURN, 150, 200, 1]);
  });

  it("ends with the answer: no timer is left, and the signal does not fire", async () => {
    const { clock, ends, signals, answer } = running();
    await clock.advance(499);
    answer();
    await settle();
    expect([ends, clock.pending]).toEqual([[{ kind: "answered" }], 0]);
    await clock.advance(10_000);
    expect([ends.length, signals[0]?.aborted]).toEqual([1, false]);
  });

  it("ends with the refusal, whatever it is, rejected or thrown at once", async () => {
    const no = new Error("connection refused");
    const thrown = (): never => {
      throw no;
    };
    for (const [member, error] of [
      [() => Promise.reject("text"), "text"] as const,
      [() => Promise.reject(no), no] as const,
      [thrown, no] as const,
    ]) {
      const { clock, ends } = running(member);
      await settle();
      expect([ends, clock.pending]).toEqual([[{ kind: "refused", error }], 0]);
    }
  });

  it("ends in silence after timeoutMs, once: the signal fires with that error, and what the member says then is not heard", async () => {
    const { clock, ends, signals, refuse } = running();
    await clock.advance(499);
    expect([ends, signals[0]?.aborted]).toEqual([[], false]);
    await clock.advance(1);
    const [end] = ends as [Failure];
    expect([end.kind, signals[0]?.reason, clock.pending]).toEqual(["silent", end.error, 0]);
    expect(end.error).toMatchObject({ code: "TIMEOUT", source: "core" });
    expect(messageOf(end)).toBe("[core] [TIMEOUT] a.test:2379 has not answered a probe for 500 ms");
    refuse(new Error("late"));
    await settle();
    expect(ends.length).toBe(1);
  });

  it("the signal fires after the end is told, so that whoever hears of the end sees no refusal first", async () => {
    const clock = new ManualClock();
    const order: string[] = [];
    const ask = (_: unknown, { signal }: { readonly signal: AbortSignal }) =>
      new Promise<void>(() => signal.addEventListener("abort", () => order.push("aborted")));
    new RunningProbe({ clock, timeoutMs: 100, probe: ask }, OF, TURN, ({ kind }) => order.push(kind));
    await clock.advance(100);
    expect(order).toEqual(["silent", "aborted"]);
  });
});

describe("cancel", () => {
  it("ends it unheard: the signal fires, no timer is left, and nothing is told, whatever comes", async () => {
    for (const say of ["answer", "refuse"] as const) {
      const all = await witnessed(100);
      all.probe.cancel();
      expect([all.signals[0]?.reason.code, all.clock.pending]).toEqual(["ABORTED", 0]);
      expect(messageOf({ error: all.signals[0]?.reason })).toContain("nobody waits for the probe any more");
      all[say](undefined);
      await all.clock.advance(10_000);
      expect([all.ends, all.silences]).toEqual([[], []]);
    }
  });

  it("in the turn in which it began means that the member is never asked", async () => {
    const { clock, probe, ends, signals } = running();
    probe.cancel();
    await clock.advance(10_000);
    expect([signals, ends]).toEqual([[], []]);
  });
});

describe("a process that slept", () => {
  it("means nothing is known, once silence has lasted more than half too long", async () => {
    for (const [lateMs, kind] of [
      [40, "silent"],
      [41, "slept"],
      [3_600_000, "slept"],
    ] as const) {
      const { clock, kinds, signals } = running(undefined, 100);
      await clock.jump(100 + lateMs);
      expect(kinds()).toEqual([]); // what arrived meanwhile is read first
      await clock.advance(9);
      expect(kinds()).toEqual([]);
      await clock.advance(1);
      expect([kinds(), signals[0]?.reason?.code, clock.pending]).toEqual([[kind], "TIMEOUT", 0]);
    }
  });

  it("a timer that is less than 1 ms late is taken at its word; else what has arrived is read first, for 10 ms", async () => {
    for (const [lateMs, atMs] of [
      [0, 500],
      [0.95, 500.95],
      [1, 511],
      [7, 517],
    ] as const) {
      const { clock, ends } = running();
      await clock.jump(500 + lateMs);
      if (lateMs >= 1) await clock.advance(9.9);
      expect(ends.length, `${lateMs} ms late`).toBe(lateMs < 1 ? 1 : 0);
      await clock.advance(atMs - clock.now());
      expect(ends.map((end) => `${end.kind}: ${messageOf(end as Failure)}`)).toEqual([
        `silent: [core] [TIMEOUT] a.test:2379 has not answered a probe for ${Math.round(atMs)} ms`,
      ]);
    }
  });

  it("knows that it should have ended long ago", async () => {
    const { clock, probe } = running(undefined, 100);
    const late = [probe.isLate];
    for (const ms of [150, 1]) {
      void clock.jump(ms);
      late.push(probe.isLate);
    }
    expect(late).toEqual([false, false, true]);
  });

  it("an answer that is read right after the late timer counts", async () => {
    const { clock, kinds, answer } = running();
    await clock.jump(5_000);
    answer();
    await settle();
    expect([kinds(), clock.pending]).toEqual([["answered"], 0]);
  });

  it("is granted such a moment once, not for ever", async () => {
    const { clock, kinds } = running();
    await clock.jump(520);
    await clock.jump(200);
    expect(kinds()).toEqual(["silent"]);
  });

  it("means nothing is known when a refusal is read late; an answer is an answer", async () => {
    for (const [atMs, say, kind] of [
      [150, "refuse", "refused"],
      [151, "refuse", "slept"],
      [151, "answer", "answered"],
    ] as const) {
      const all = running(undefined, 100);
      await settle();
      all[say](new Error("no"));
      await all.clock.jump(atMs);
      expect(all.kinds()).toEqual([kind]);
    }
  });
});
