import { subscribe as listen, unsubscribe as unlisten } from "node:diagnostics_channel";
import { inspect } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { DiscoveryError, MetadataPoller, type MetadataSource } from "../src/index.js";
import { intervalPause, randomPhase } from "../src/poll-schedule.js";
import { ManualClock, settle } from "./support/manual-clock.js";
import { RecordingSink } from "./support/recording-sink.js";
import { type Answer, answer, hang, ids } from "./support/scripted-source.js";
import { codeOf, setup } from "./support/setup.js";

const refuse = (code: "UNAVAILABLE" | "UNAUTHENTICATED") => (): never => {
  throw new DiscoveryError(code, "no", { source: "test" });
};

describe("ready", () => {
  it("waits through failures for the first snapshot, then resolves with the current one", async () => {
    const { clock, source, poller } = setup(refuse("UNAVAILABLE"));
    const first = poller.ready();
    await clock.advance(5_000);
    source.script = ["a"];
    await clock.advance(10_000);
    expect(ids((await first).endpoints)).toBe("a");
    expect(await poller.ready()).toBe(poller.snapshot);
    expect(clock.pending).toBe(0); // it was only waited for
  });

  it("rejects with the cause at once when the error is not retryable, while polling goes on for those who listen", async () => {
    const { clock, source, poller } = setup(refuse("UNAUTHENTICATED"));
    poller.subscribe(() => undefined);
    const code = codeOf(poller.ready());
    await clock.advance(0);
    expect(await code).toBe("UNAUTHENTICATED");
    source.script = ["a"];
    await clock.advance(1_500);
    expect(ids(poller.snapshot?.endpoints)).toBe("a");
  });

  it("rejects with ABORTED and the last poll error as its cause when the signal fires", async () => {
    const { clock, poller } = setup(refuse("UNAVAILABLE"));
    const controller = new AbortController();
    const waiting = poller.ready({ signal: controller.signal });
    await clock.advance(0);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: "ABORTED", cause: { code: "UNAVAILABLE" } });
  });
});

describe("refresh", () => {
  it("costs at most two fetches however often it is called within one floor", async () => {
    const { clock, source, poller } = setup(() => new Promise((resolve) => clock.setTimeout(() => resolve(answer("a")), 100)));
    poller.subscribe(() => undefined);
    await clock.advance(0);
    for (let call = 0; call < 1_000; call += 1) void poller.refresh();
    await clock.advance(1_200);
    expect(source.starts).toEqual([0, 1_100]);
  });

  it("rejects with its fetch's own error, HELD included", async () => {
    const { clock, source, poller } = setup(["a", "b", "c"]);
    poller.subscribe(() => undefined);
    await clock.advance(0);
    for (const [script, code] of [
      [["a"], "HELD"],
      [[], "EMPTY_METADATA"],
      [hang, "TIMEOUT"],
      [refuse("UNAVAILABLE"), "UNAVAILABLE"],
    ] as const) {
      source.script = script;
      const outcome = codeOf(poller.refresh());
      await clock.advance(3_000);
      expect(await outcome).toBe(code);
    }
  });

  it("asks even though nobody subscribes, and leaves nothing behind", async () => {
    const { clock, source, poller } = setup(["a"]);
    const refreshed = poller.refresh();
    await clock.advance(0);
    expect(ids((await refreshed).endpoints)).toBe("a");
    expect([source.starts.length, clock.pending]).toEqual([1, 0]);
  });
});

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

describe("status", () => {
  it("goes from pending to fresh to stale, and sinks are told once per change, asynchronously", async () => {
    const { clock, source, poller } = setup(["a"]);
    const sink = new RecordingSink();
    poller.subscribe(sink);
    expect(sink.statuses).toEqual([]);
    await clock.advance(0);
    source.script = refuse("UNAVAILABLE");
    await clock.advance(60_000);
    const states = sink.statuses.map(({ state, failures }) => `${state} ${failures}`);
    expect(states[0]).toBe("pending 0");
    expect(states[1]).toBe("fresh 0");
    expect(states).toContain("fresh 1");
    expect(states.at(-1)).toMatch(/^stale \d/);
    expect(new Set(states).size).toBe(states.length);
    expect(ids(poller.snapshot?.endpoints)).toBe("a");
    await poller.close();
    expect(poller.status.state).toBe("closed");
  });

  it("says when the last success was and when the next poll is due, in milliseconds since the epoch", async () => {
    const { clock, poller } = setup(["a"]);
    expect(poller.status).toMatchObject({ state: "pending", lastSuccessAt: undefined, nextAttemptAt: undefined });
    poller.subscribe(() => undefined);
    const startedAt = clock.wallNow();
    await clock.advance(500);
    expect(poller.status.lastSuccessAt).toBe(startedAt);
    expect(poller.status.nextAttemptAt).toBeGreaterThan(clock.wallNow());
  });

  it("toJSON and inspect tell what is asked, how it goes and what is believed", async () => {
    const { clock, poller } = setup(["a"]);
    poller.subscribe(() => undefined);
    await clock.advance(250);
    expect(JSON.parse(JSON.stringify(poller))).toEqual({
      key: "scripted",
      state: "fresh",
      version: 1,
      ageMs: 250,
      endpoints: [{ id: "a", host: "a.test", port: 2379 }],
      aside: [],
      failures: 0,
      held: 0,
    });
    expect(inspect(poller)).toMatch(/^MetadataPoller \{ *\n? *key: 'scripted'/);
  });
});

describe("iteration", () => {
  it("yields the newest version, each at most once, and ends when it is left", async () => {
    const { clock, source, poller } = setup(["a"]);
    const seen: number[] = [];
    const iterating = (async () => {
      for await (const { version } of poller) {
        seen.push(version);
        if (version === 4) break;
        await new Promise<void>((resolve) => clock.setTimeout(resolve, 2_500)); // a slow body skips
      }
    })();
    for (const script of [["a"], ["a", "b"], ["a", "b", "c"], ["a", "b", "c", "d"]]) {
      source.script = script;
      void poller.refresh();
      await clock.advance(1_000);
    }
    await clock.advance(10_000);
    await iterating;
    expect(seen.at(-1)).toBe(4);
    expect(seen.length).toBeLessThan(4);
    expect([...new Set(seen)]).toEqual(seen);
    expect(clock.pending).toBe(0);
  });
});

describe("subscriptions", () => {
  it("replays the current snapshot to a late subscriber as all added", async () => {
    const { clock, poller } = setup(["a", "b"]);
    poller.subscribe(() => undefined);
    await clock.advance(0);
    const sink = new RecordingSink();
    poller.subscribe(sink);
    await settle();
    expect(sink.calls.map(({ diff }) => ids(diff.added))).toEqual(["a b"]);
  });

  it("disposing asynchronously waits for the call in progress", async () => {
    const { clock, poller } = setup(["a"]);
    const order: string[] = [];
    const subscription = poller.subscribe(async () => {
      await new Promise<void>((resolve) => clock.setTimeout(resolve, 500));
      order.push("applied");
    });
    await clock.advance(0);
    const disposed = subscription[Symbol.asyncDispose]().then(() => order.push("disposed"));
    await clock.advance(500);
    await disposed;
    expect(order).toEqual(["applied", "disposed"]);
  });

  it("ends when its signal fires, and never begins when it has fired already", async () => {
    const { clock, source, poller } = setup(["a"]);
    const controller = new AbortController();
    poller.subscribe(() => undefined, { signal: AbortSignal.abort() });
    expect(clock.pending).toBe(0);
    poller.subscribe(() => undefined, { signal: controller.signal });
    await clock.advance(0);
    controller.abort();
    await clock.advance(60_000);
    expect(source.starts).toEqual([0]);
  });

  it("a selection that throws or chooses nobody is no update: it is reported and tried again", async () => {
    const { clock, source, poller } = setup(["a", "b"]);
    const sink = new RecordingSink();
    poller.subscribe(sink, { select: (endpoints) => endpoints.filter(({ id }) => id === "a") });
    await clock.advance(0);
    source.script = ["b", "c"];
    await clock.advance(30_000);
    expect(ids(sink.folded)).toBe("a");
    source.script = ["a", "b", "c"];
    await clock.advance(30_000);
    expect(ids(sink.folded)).toBe("a");
    expect(sink.problems).toEqual([]);
  });

  it("a thousand sinks share one diff", async () => {
    const { clock, poller } = setup(["a", "b"]);
    const sinks = Array.from({ length: 1_000 }, () => new RecordingSink());
    for (const sink of sinks) poller.subscribe(sink);
    await clock.advance(0);
    expect(new Set(sinks.map(({ calls }) => calls[0]?.diff)).size).toBe(1);
  });
});

describe("a hostile source", () => {
  it("that closes the poller from inside its fetch, or throws synchronously, breaks nothing", async () => {
    const { clock, source, poller } = setup(["a"]);
    source.fetch = (): never => {
      throw new RangeError("not even a promise");
    };
    poller.subscribe(() => undefined);
    await clock.advance(0);
    expect(poller.status.error).toMatchObject({ code: "UNAVAILABLE", message: "[scripted] [UNAVAILABLE] not even a promise" });
    source.fetch = async () => {
      void poller.close();
      return answer("a");
    };
    await clock.advance(60_000);
    expect([poller.snapshot, poller.status.state, clock.pending]).toEqual([undefined, "closed", 0]);
  });

  it("whose watch throws is polled by the interval", async () => {
    const { clock, source, poller } = setup(["a"]);
    source.watch = (): never => {
      throw new Error("no watch");
    };
    poller.subscribe(() => undefined);
    await clock.advance(0);
    expect(ids(poller.snapshot?.endpoints)).toBe("a");
  });

  it("is told who is known, what was answered before, and how often it failed", async () => {
    const { clock, source, poller } = setup(["a", "b"], { mapEndpoint: (endpoint) => ({ ...endpoint, host: `nat-${endpoint.host}` }) });
    poller.subscribe(() => undefined);
    await clock.advance(25_000);
    const [first, second] = source.contexts;
    expect([first?.known, first?.previous, first?.attempt]).toEqual([[], undefined, 0]);
    expect(second?.known.map(({ host }) => host)).toEqual(["nat-a.test", "nat-b.test"]);
    expect(second?.previous?.endpoints.map(({ host }) => host)).toEqual(["a.test", "b.test"]);
  });
});

describe("construction", () => {
  it("refuses what is no source and no sink with one clear error", () => {
    expect(() => new MetadataPoller({} as never)).toThrow(/\[core\] \[INVALID_OPTIONS\] source: got \{\}, allowed is a MetadataSource/);
    const { poller } = setup(["a"]);
    expect(() => poller.subscribe(5 as never)).toThrow(/sink: got 5/);
    expect(() => poller.subscribe(() => undefined, { selects: 1 } as never)).toThrow(/option names: got "selects"/);
    expect(() => poller.subscribe(() => undefined, { select: 1 } as never)).toThrow(/select: got 1/);
  });
});
