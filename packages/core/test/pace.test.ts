import { subscribe as listen, unsubscribe as unlisten } from "node:diagnostics_channel";
import { describe, expect, it, onTestFinished } from "vitest";
import { DiscoveryError, MetadataPoller, type MetadataSource } from "../src/index.js";
import { intervalPause, randomPhase } from "../src/poll-schedule.js";
import { ManualClock } from "./support/manual-clock.js";
import { type Answer, answer } from "./support/scripted-source.js";
import { codeOf, setup } from "./support/setup.js";

const refuse = (code: "UNAVAILABLE" | "UNAUTHENTICATED") => (): never => {
  throw new DiscoveryError(code, "no", { source: "test" });
};

describe("pace", () => {
  it("a hint whose signal has fired already asks all the same while somebody listens, and its reason is told with the poll", async () => {
    const { clock, source, poller } = setup(["a"]);
    const reasons: unknown[] = [];
    const collect = (trace: unknown): void => void reasons.push((trace as { readonly reason?: string }).reason);
    listen("tracing:rollcall:poll:start", collect);
    onTestFinished(() => void unlisten("tracing:rollcall:poll:start", collect));
    poller.subscribe(() => undefined);
    await clock.advance(0);
    expect(await codeOf(poller.refresh({ signal: AbortSignal.abort(), reason: "a connection was lost" }))).toBe("ABORTED");
    await clock.advance(1_000);
    expect([source.starts, reasons]).toEqual([
      [0, 1_000],
      [undefined, "a connection was lost"],
    ]);
  });

  it("polls at once on start, then at a random moment of one interval, then every interval ±10 %", async () => {
    const { clock, source, poller } = setup(["a"]);
    poller.subscribe(() => undefined);
    await clock.advance(200_000);
    const [first, phase, ...gaps] = source.starts.map((start, at, starts) => start - (starts[at - 1] ?? 0));
    expect(first).toBe(0);
    expect(phase).toBeGreaterThanOrEqual(1_000);
    expect(phase).toBeLessThan(22_000);
    expect(gaps.length).toBeGreaterThan(15);
    for (const gap of gaps) expect(Math.abs(gap - 10_000)).toBeLessThanOrEqual(1_000);
  });

  it("backs off from minIntervalMs, doubling, half of it random, to at most min(intervalMs, 10 s)", async () => {
    const { clock, source, poller } = setup(refuse("UNAVAILABLE"), { intervalMs: 60_000 });
    poller.subscribe(() => undefined);
    await clock.advance(100_000);
    const gaps = source.starts.slice(1).map((start, at) => start - (source.starts[at] ?? 0));
    const bounds = [1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000];
    for (const [at, bound] of bounds.entries()) {
      const least = Math.max(1_000, bound / 2);
      expect(gaps[at]).toBeGreaterThan(least);
      expect(gaps[at]).toBeLessThanOrEqual(least + bound / 2);
    }
    expect(source.contexts.map(({ attempt }) => attempt).slice(0, 4)).toEqual([0, 1, 2, 3]);
  });

  /** A thousand pollers with one interval of 30 s and one clock, and how many polls each second saw. */
  function fleet(): { readonly clock: ManualClock; readonly hint: () => unknown; readonly peak: (from: number, to: number) => number } {
    const clock = new ManualClock();
    const perSecond = new Map<number, number>();
    const hints: (() => void)[] = [];
    const source: MetadataSource<null> = {
      key: "fleet",
      fetch: async () => {
        const second = Math.floor(clock.now() / 1_000);
        perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
        return null;
      },
      endpoints: () => [{ id: "a", host: "h", port: 1 }],
      watch: ({ changed }) => void hints.push(changed),
    };
    for (let at = 0; at < 1_000; at += 1) new MetadataPoller(source, { clock }).subscribe(() => undefined);
    const peak = (from: number, to: number): number => {
      const counts = Array.from({ length: to - from }, (_, at) => perSecond.get(from + at) ?? 0);
      return Math.max(...counts) / (counts.reduce((sum, count) => sum + count, 0) / counts.length);
    };
    return { clock, peak, hint: () => hints.map((changed) => changed()) };
  }

  // A thousand throw 33 dice a second: the peak of a minute is 1.4 times the mean by chance alone. In step it is 5 and more.
  it("spreads pollers that started together, or lost the same member together, over the interval", { timeout: 30_000 }, async () => {
    const { clock, hint, peak } = fleet();
    await clock.advance(120_000);
    expect(peak(1, 60)).toBeLessThan(1.8);
    expect(peak(60, 120)).toBeLessThan(1.8);
    hint();
    await clock.advance(120_000);
    expect(peak(122, 240)).toBeLessThan(1.8);
  });

  it("ten thousand that started together: the peak second is at most 1.4 × the mean in the first minute, 1.25 × after", () => {
    const { clock } = setup([]);
    const pace = { intervalMs: 30_000, minIntervalMs: 1_000, clock };
    const perSecond = new Array<number>(600).fill(0);
    for (let poller = 0; poller < 10_000; poller += 1) {
      for (let at = randomPhase(pace); at < 600_000; at += intervalPause(pace)) {
        const second = Math.floor(at / 1_000);
        perSecond[second] = (perSecond[second] ?? 0) + 1;
      }
    }
    const peak = (from: number, to: number): number => {
      const part = perSecond.slice(from, to);
      return Math.max(...part) / (part.reduce((sum, count) => sum + count, 0) / part.length);
    };
    expect(peak(1, 60)).toBeLessThanOrEqual(1.4);
    expect(peak(60, 600)).toBeLessThanOrEqual(1.25);
  });

  it("a change that the source announces through watch is asked for at the floor, and never after polling ended", async () => {
    const { clock, source, poller } = setup(["a"]);
    const subscription = poller.subscribe(() => undefined);
    await clock.advance(300);
    source.watches[0]?.changed();
    await clock.advance(699);
    expect(source.starts).toEqual([0]);
    await clock.advance(1);
    expect(source.starts).toEqual([0, 1_000]);
    subscription[Symbol.dispose]();
    source.watches[0]?.changed();
    await clock.advance(60_000);
    expect(source.starts).toEqual([0, 1_000]);
  });

  it("a suspicion causes a poll; suspicions that bring nothing new are spaced out up to intervalMs", async () => {
    const { clock, source, poller } = setup(["a", "b"], { intervalMs: 86_400_000, timeoutMs: 2_000 });
    poller.subscribe(() => undefined);
    await clock.advance(0);
    for (let tick = 0; tick < 600; tick += 1) {
      poller.suspect({ host: "a.test", port: 2379 });
      poller.suspect({ host: "unknown.test", port: 2379 });
      await clock.advance(100);
    }
    const gaps = source.starts.slice(1).map((start, at) => Math.round((start - (source.starts[at] ?? 0)) / 1_000));
    expect(gaps).toEqual([1, 2, 4, 8, 16]);
    source.script = ["a", "b", "c"];
    await clock.advance(32_000);
    expect(poller.snapshot?.version).toBe(2);
    poller.suspect({ host: "a.test", port: 2379 });
    await clock.advance(1_000);
    expect(source.starts.length).toBe(8); // news resets the spacing
  });

  it("suspicions during slow polls are spaced out just the same", async () => {
    const slow = (): Promise<Answer> => new Promise((resolve) => clock.setTimeout(() => resolve(answer("a", "b")), 200));
    const { clock, source, poller } = setup(slow, { intervalMs: 86_400_000, timeoutMs: 2_000 });
    poller.subscribe(() => undefined);
    for (let tick = 0; tick < 1_000; tick += 1) {
      poller.suspect({ host: "a.test", port: 2379 });
      await clock.advance(50);
    }
    const gaps = source.starts.slice(1).map((start, at) => Math.round((start - (source.starts[at] ?? 0)) / 1_000));
    expect(gaps).toEqual([1, 2, 4, 8, 16]);
  });

  it("nobody listening: suspect does nothing", async () => {
    const { clock, source, poller } = setup(["a"]);
    const ready = poller.ready();
    await clock.advance(0);
    await ready;
    poller.suspect({ host: "a.test", port: 2379 });
    await clock.advance(60_000);
    expect(source.starts).toEqual([0]);
  });
});
