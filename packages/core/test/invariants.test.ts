import { subscribe as listen, unsubscribe as unlisten } from "node:diagnostics_channel";
import { describe, expect, it, onTestFinished } from "vitest";
import { askCandidates, clusterPin, DiscoveryError, type MetadataPoller } from "../src/index.js";
import { type ManualClock, settle } from "./support/manual-clock.js";
import { RecordingSink } from "./support/recording-sink.js";
import { type Answer, answer, hang, ids } from "./support/scripted-source.js";
import { codeOf, setup } from "./support/setup.js";

function fail(): never {
  throw new DiscoveryError("UNAVAILABLE", "nobody answers", { source: "test" });
}

/** Collects what is published on diagnostics channels until the test ends. */
function record(...channels: readonly string[]): string[] {
  const names: string[] = [];
  for (const channel of channels) {
    const collect = (): void => void names.push(channel);
    listen(channel, collect);
    onTestFinished(() => void unlisten(channel, collect));
  }
  return names;
}

/** One poll more, as soon as the floor allows. */
async function pollOnce(clock: ManualClock, poller: MetadataPoller<Answer>): Promise<string> {
  const outcome = codeOf(poller.refresh());
  await clock.advance(1_000);
  return outcome;
}

describe("invariants", () => {
  it("1. a published set changes only because of a successful, valid, guarded answer; never empty because of an error", async () => {
    const { clock, source, poller } = setup(["a", "b", "c"]);
    const sink = new RecordingSink();
    poller.subscribe(sink);
    await clock.advance(0);
    const first = poller.snapshot;
    const faults = [fail, hang, () => ({ endpoints: null }), () => answer(), () => Promise.reject("text"), () => null];
    for (const fault of faults) {
      source.script = fault as () => Answer;
      await clock.advance(30_000);
      expect(poller.snapshot).toBe(first);
    }
    expect(sink.calls).toHaveLength(1);
    expect(poller.status.failures).toBeGreaterThan(faults.length);
  });

  it("2. versions strictly increase; no sink ever sees an older version after a newer one", async () => {
    const { clock, source, poller } = setup(["a", "b"]);
    const [slow, quick] = [new RecordingSink(), new RecordingSink()];
    const release: (() => void)[] = [];
    slow.behaviour = () => new Promise<void>((resolve) => release.push(resolve));
    poller.subscribe(slow);
    poller.subscribe(quick);
    await clock.advance(0);
    for (const script of [
      ["a", "b", "c"],
      ["a", "b", "c", "d"],
      ["b", "c", "d"],
    ]) {
      source.script = script;
      await pollOnce(clock, poller);
    }
    for (let call = 0; call < 2; call += 1) {
      release[call]?.();
      await settle();
    }
    expect(quick.calls.map(({ snapshot }) => snapshot.version)).toEqual([1, 2, 3, 4]);
    expect(slow.calls.map(({ snapshot }) => snapshot.version)).toEqual([1, 4]);
    expect([...slow.problems, ...quick.problems]).toEqual([]);
  });

  it("3. folding the diffs given to a sink gives exactly the view it was given, even when updates were conflated or failed", async () => {
    const { clock, source, poller } = setup(["a", "b", "c"]);
    const sink = new RecordingSink();
    let failures = 0;
    sink.behaviour = ({ version }) => {
      if (version > 1 && failures++ < 3) throw new Error("not applied");
    };
    poller.subscribe(sink);
    for (const script of [
      ["a", "b", "c"],
      ["b", "c@moved", "d"],
      ["b", "c", "e"],
      ["b", "c@moved", "e", "f"],
      ["a", "f", "b"],
    ]) {
      source.script = script;
      await pollOnce(clock, poller);
    }
    await clock.advance(20_000);
    expect(sink.problems).toEqual([]);
    expect(failures).toBeGreaterThanOrEqual(3);
    expect(ids(sink.folded)).toBe("a b f");
  });

  it("4. at most one call in progress per sink; a slow, throwing or hanging sink delays nobody else and is told again until it converges", async () => {
    const { clock, source, poller } = setup(["a", "b"]);
    const [hanging, throwing, slow, good] = [new RecordingSink(), new RecordingSink(), new RecordingSink(), new RecordingSink()];
    hanging.behaviour = () => new Promise(() => undefined);
    let refusals = 5;
    throwing.behaviour = () => {
      if (refusals-- > 0) throw new Error("not now");
    };
    slow.behaviour = () => new Promise<void>((resolve) => clock.setTimeout(resolve, 3_000));
    for (const sink of [hanging, throwing, slow, good]) poller.subscribe(sink);
    await clock.advance(0);
    source.script = ["a", "b", "c"];
    await pollOnce(clock, poller);
    expect(ids(good.folded)).toBe("a b c");
    await clock.advance(40_000);
    expect(ids(throwing.folded)).toBe("a b c");
    expect(ids(slow.folded)).toBe("a b c");
    expect(hanging.calls).toHaveLength(1);
    expect([hanging, throwing, slow, good].flatMap(({ problems }) => problems)).toEqual([]);
  });

  it("5. no call after a subscription is disposed or the poller closed; none synchronously inside subscribe or a constructor", async () => {
    const { clock, source, poller } = setup(["a", "b"]);
    const [early, disposed, closed] = [new RecordingSink(), new RecordingSink(), new RecordingSink()];
    poller.subscribe(early)[Symbol.dispose]();
    const subscription = poller.subscribe(disposed);
    poller.subscribe(closed);
    expect(source.starts).toEqual([]);
    await clock.advance(0);
    const late = new RecordingSink();
    poller.subscribe(late);
    expect(late.calls).toEqual([]);
    subscription[Symbol.dispose]();
    source.script = ["a", "b", "c"];
    await pollOnce(clock, poller);
    await poller.close();
    await clock.advance(60_000);
    expect(early.calls.length + early.statuses.length).toBe(0);
    expect(disposed.calls).toHaveLength(1);
    expect(closed.calls).toHaveLength(2);
    expect(closed.statuses.every(({ state }) => state !== "closed")).toBe(true);
  });

  it("6. a sink is called only if its selected view changed, or at every new version with metadata: true", async () => {
    const { clock, source, poller } = setup(["a", "b", "c"]);
    const [all, selected, everything] = [new RecordingSink(), new RecordingSink(), new RecordingSink()];
    poller.subscribe(all);
    poller.subscribe(selected, { select: (endpoints) => endpoints.filter(({ id }) => id < "c") });
    poller.subscribe(everything, { metadata: true });
    await clock.advance(0);
    source.script = ["a", "b", "c", "d"];
    await pollOnce(clock, poller);
    source.script = () => ({ ...answer("a", "b", "c", "d"), epoch: 1 });
    await pollOnce(clock, poller);
    await pollOnce(clock, poller);
    expect(all.calls.map(({ snapshot }) => snapshot.version)).toEqual([1, 2]);
    expect(selected.calls.map(({ snapshot }) => ids(snapshot.endpoints))).toEqual(["a b"]);
    expect(everything.calls.map(({ snapshot }) => snapshot.version)).toEqual([1, 2, 3]);
    expect(everything.calls[2]?.diff).toEqual({ added: [], removed: [], changed: [] });
    expect(everything.calls[2]?.snapshot.endpoints).toBe(everything.calls[1]?.snapshot.endpoints);
  });

  it("7. at most one fetch alive; the gap end→start is at least minIntervalMs, across unsubscribe, abort and storms of refresh()", async () => {
    const { clock, source, poller } = setup(
      ({ signal }) =>
        new Promise((resolve, reject) => {
          clock.setTimeout(() => resolve(answer("a")), 50 + 400 * clock.random());
          signal.addEventListener("abort", () => reject(signal.reason));
        }),
    );
    for (let round = 0; round < 300; round += 1) {
      const subscription = poller.subscribe(() => undefined);
      for (let call = 0; call < 5; call += 1) void poller.refresh();
      source.watches.at(-1)?.changed();
      poller.suspect({ host: "a.test", port: 2379 });
      await clock.advance(900 * clock.random());
      if (clock.random() < 0.5) subscription[Symbol.dispose]();
      void poller.ready({ signal: AbortSignal.abort() });
      await clock.advance(300 * clock.random());
      subscription[Symbol.dispose]();
    }
    expect(source.maxAlive).toBe(1);
    expect(source.starts.length).toBeGreaterThan(50);
    const gaps = source.starts.slice(1).map((start, at) => start - (source.ends[at] ?? Number.NaN));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000);
  });

  it("7. a source deaf to its signal is not asked again before it settles or intervalMs has passed", async () => {
    const { clock, source, poller } = setup(["a"]);
    poller.subscribe(() => undefined);
    await clock.advance(0);
    source.script = () => new Promise((resolve) => clock.setTimeout(() => resolve(answer("b")), 7_000));
    await clock.advance(30_000);
    expect(source.maxAlive).toBe(1);
    source.script = () => new Promise(() => undefined);
    await clock.advance(100_000);
    const gaps = source.starts.slice(-3).map((start, at, starts) => start - (starts[at - 1] ?? start));
    expect(gaps).toEqual([0, 12_000, 12_000]); // the timeout, then an interval
    expect(ids(poller.snapshot?.endpoints)).toBe("a");
  });

  it("8. an answer that arrives after its timeout, after close or after everybody left changes nothing", async () => {
    const { clock, source, poller } = setup(["a"]);
    const sink = new RecordingSink();
    const subscription = poller.subscribe(sink);
    await clock.advance(0);
    const first = poller.snapshot;
    const late: ((answer: Answer) => void)[] = [];
    source.script = () => new Promise((resolve) => late.push(resolve));
    await clock.advance(20_000);
    late[0]?.(answer("late"));
    await settle();
    expect(poller.snapshot).toBe(first);
    await clock.advance(2_000);
    subscription[Symbol.dispose]();
    for (const resolve of late) resolve(answer("left"));
    await settle();
    expect(poller.snapshot).toBe(first);
    poller.subscribe(sink);
    await clock.advance(1_000);
    void poller.close();
    for (const resolve of late) resolve(answer("closed"));
    await settle();
    expect(poller.snapshot).toBe(first);
    expect(sink.calls).toHaveLength(2); // once per subscription
  });

  it("8. an answer is not heard once the last subscriber has left, in whichever turn that is", async () => {
    for (let turns = 0; turns < 12; turns += 1) {
      let arrive: (answer: Answer) => void = () => undefined;
      const { clock, poller } = setup(
        () =>
          new Promise((resolve) => {
            arrive = resolve;
          }),
      );
      const subscription = poller.subscribe(() => undefined);
      await clock.advance(0);
      arrive(answer("a"));
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      const { snapshot } = poller;
      subscription[Symbol.dispose]();
      await settle();
      expect(poller.snapshot).toBe(snapshot);
    }
  });

  it("9. nobody listening or waiting means no timer, no fetch, and watch's signal aborted", async () => {
    const { clock, source, poller } = setup(["a"]);
    await clock.advance(60_000);
    expect([clock.pending, source.starts.length, source.watches.length]).toEqual([0, 0, 0]);
    const leave = [
      (): void => poller.subscribe(() => undefined)[Symbol.dispose](),
      (): void => {
        const controller = new AbortController();
        void poller.refresh({ signal: controller.signal });
        controller.abort();
      },
    ];
    for (const comeAndGo of leave) {
      comeAndGo();
      expect(clock.pending).toBe(0);
      expect(source.watches.at(-1)?.signal.aborted).toBe(true);
    }
    const subscription = poller.subscribe(() => undefined);
    await clock.advance(5_000);
    source.script = hang;
    void codeOf(poller.refresh({ signal: AbortSignal.abort() }));
    await clock.advance(20_000);
    subscription[Symbol.dispose]();
    await settle();
    expect([clock.pending, source.alive]).toEqual([0, 0]);
  });

  it("9. lingerMs keeps the polling going after the last subscriber left, and no longer", async () => {
    const { clock, source, poller } = setup(["a"], { lingerMs: 25_000 });
    poller.subscribe(() => undefined)[Symbol.dispose]();
    await clock.advance(24_999);
    expect(source.watches[0]?.signal.aborted).toBe(false);
    expect(source.starts.length).toBeGreaterThan(1);
    await clock.advance(1);
    expect(source.watches[0]?.signal.aborted).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it("10. after close: no timers, no abort listeners on foreign signals, every waiter settled, iterators ended, source closed once", async () => {
    const { clock, source, poller } = setup(fail);
    const signal = new CountingSignal();
    poller.subscribe(() => undefined, { signal });
    poller.subscribe(() => Promise.reject(new Error("never applied")));
    const waiters = [poller.ready({ signal }), poller.refresh({ signal }), poller.ready()];
    const iterator = poller[Symbol.asyncIterator]();
    const pending = iterator.next();
    await clock.advance(300);
    expect(signal.listeners).toBe(3 - 1); // the refresh has been answered by the failed poll
    await Promise.all([poller.close(), poller.close(), poller[Symbol.asyncDispose]()]);
    expect(await Promise.all(waiters.map(codeOf))).toEqual(["CLOSED", "UNAVAILABLE", "CLOSED"]);
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect([clock.pending, signal.listeners, source.closed]).toEqual([0, 0, 1]);
    expect(await codeOf(poller.ready())).toBe("CLOSED");
    expect(await codeOf(poller.refresh())).toBe("CLOSED");
    expect(() => poller.subscribe(() => undefined)).toThrow(/CLOSED/);
  });

  it("11. never an unhandled rejection, whatever the caller ignores", async () => {
    const unhandled: unknown[] = [];
    const collect = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", collect);
    onTestFinished(() => void process.off("unhandledRejection", collect));
    const { clock, source, poller } = setup(() => Promise.reject("no error object"));
    source.close = () => Promise.reject(new Error("cannot close"));
    poller.subscribe({
      update: () => Promise.reject(new Error("sink")),
      status: (() => Promise.reject(new Error("status"))) as () => void,
    });
    poller.subscribe({ update: fail, status: fail });
    poller.subscribe(() => undefined, { select: fail });
    void poller.ready();
    void poller.refresh();
    void poller.refresh({ signal: AbortSignal.abort() });
    await clock.advance(5_000);
    source.script = ["a"];
    await clock.advance(20_000);
    void poller.ready();
    void poller.refresh();
    void poller.close();
    void poller.ready();
    void poller.refresh();
    await settle();
    expect(unhandled).toEqual([]);
  });

  it("12. once faults stop, every live sink holds the truth within one backoff step", async () => {
    const { clock, source, poller } = setup(["a", "b"]);
    const sinks = [new RecordingSink(), new RecordingSink()];
    for (const sink of sinks) poller.subscribe(sink);
    await clock.advance(0);
    source.script = fail;
    if (sinks[0] !== undefined) sinks[0].behaviour = fail;
    await clock.advance(120_000);
    source.script = ["b", "c"];
    await clock.advance(10_000); // the longest step
    if (sinks[0] !== undefined) sinks[0].behaviour = () => undefined;
    await clock.advance(10_000);
    expect(sinks.map(({ folded }) => ids(folded))).toEqual(["b c", "b c"]);
  });

  it("13. endpoints and their arrays are frozen; untouched endpoints keep their identity", async () => {
    const { clock, source, poller } = setup(() => ({
      endpoints: [{ id: "a", host: "h", port: 1, attributes: { zone: "x" } }, ...answer("b").endpoints],
    }));
    poller.subscribe(() => undefined);
    await clock.advance(0);
    const before = poller.snapshot;
    source.script = ["b", "c"];
    await pollOnce(clock, poller);
    const after = poller.snapshot;
    expect(after?.endpoints[0]).toBe(before?.endpoints[1]);
    const frozen = [before, before?.endpoints, before?.aside, before?.endpoints[0], before?.endpoints[0]?.attributes, after?.endpoints];
    expect(frozen.every(Object.isFrozen)).toBe(true);
    await pollOnce(clock, poller);
    expect(poller.snapshot).toBe(after);
  });

  it("14. one bad answer shrinks the set by at most half; a real collapse is applied within 3 × minIntervalMs + 3 round trips", async () => {
    const { clock, source, poller } = setup(["a", "b", "c", "d"]);
    const sink = new RecordingSink();
    poller.subscribe(sink);
    await clock.advance(0);
    source.script = ["a"];
    expect(await pollOnce(clock, poller)).toBe("HELD");
    expect(ids(poller.snapshot?.endpoints)).toBe("a b c d");
    source.script = ["a", "b", "c", "d"];
    await clock.advance(1_000);
    expect(poller.status.held).toBe(0);
    source.script = ["a"];
    const began = clock.now();
    void poller.refresh();
    while (ids(sink.folded) !== "a" && clock.now() < began + 60_000) await clock.advance(10);
    expect(clock.now() - began).toBeLessThanOrEqual(3_000);
    source.script = ["e"];
    await pollOnce(clock, poller);
    expect(ids(poller.snapshot?.endpoints)).toBe("e"); // a full replacement by as many others is no shrink
  });

  it("14. a held answer delays only its removals: what it adds or moves is published at once", async () => {
    const { clock, source, poller } = setup(["a", "b", "c", "d"]);
    poller.subscribe(() => undefined);
    await clock.advance(0);
    source.script = () => ({ ...answer("d", "c", "b", "a"), epoch: 0 });
    await pollOnce(clock, poller);
    const full = poller.snapshot?.metadata;
    expect(full?.epoch).toBe(0);
    source.script = ["a@moved"];
    await pollOnce(clock, poller);
    expect(poller.snapshot?.endpoints.map(({ host }) => host)).toEqual(["moved", "b.test", "c.test", "d.test"]);
    expect(poller.snapshot?.metadata).toBe(full);
    expect(poller.status).toMatchObject({ held: 1, failures: 0, error: { code: "HELD" } });
  });

  it("14. empty answers confirm no small one: after them, one bad answer still removes nobody", async () => {
    const { clock, source, poller } = setup(["a", "b", "c", "d", "e"]);
    poller.subscribe(() => undefined);
    await clock.advance(0);
    source.script = [];
    for (let round = 0; round < 5; round += 1) await pollOnce(clock, poller);
    source.script = ["a"];
    expect(await pollOnce(clock, poller)).toBe("HELD");
    expect(ids(poller.snapshot?.endpoints)).toBe("a b c d e");
  });

  it("15. every poll start has exactly one finish event, in order", async () => {
    const events = record("tracing:rollcall:poll:start", "tracing:rollcall:poll:asyncEnd");
    const { clock, source, poller } = setup(["a"]);
    for (const script of [["a"], fail, hang, () => answer(), ["a", "b"]]) {
      source.script = script as readonly string[];
      const subscription = poller.subscribe(() => undefined);
      await clock.advance(7_500);
      void poller.refresh();
      await clock.advance(1_500);
      subscription[Symbol.dispose](); // `hang` is left in the middle of a fetch
      await clock.advance(2_000);
    }
    await poller.close();
    const expected = source.starts.flatMap(() => ["tracing:rollcall:poll:start", "tracing:rollcall:poll:asyncEnd"]);
    expect(source.starts.length).toBeGreaterThan(8);
    expect(events).toEqual(expected);
  });

  it("16. refresh() resolves only from a fetch that started after the call", async () => {
    const { clock, source, poller } = setup(
      () => new Promise((resolve) => clock.setTimeout(() => resolve({ ...answer("a"), epoch: source.starts.length }), 500)),
    );
    poller.subscribe(() => undefined);
    await clock.advance(100);
    const during = poller.refresh();
    const again = poller.refresh();
    await clock.advance(400);
    expect(poller.snapshot?.metadata.epoch).toBe(1);
    await clock.advance(1_500);
    expect((await during).metadata.epoch).toBe(2);
    expect((await again).metadata.epoch).toBe(2);
    expect(source.starts).toEqual([0, 1_500]);
  });

  it("17. endpoints and aside together are the listed set; nobody is probed yet, so nobody is aside", async () => {
    const { clock, source, poller } = setup(["a", "b"]);
    const probes: unknown[] = [];
    Object.assign(source, { probe: async (endpoint: unknown) => void probes.push(endpoint) });
    poller.subscribe(() => undefined);
    await clock.advance(0);
    poller.suspect({ host: "a.test", port: 2379 }, { cause: new Error("it failed me") });
    await clock.advance(60_000);
    expect([ids(poller.snapshot?.endpoints), ids(poller.snapshot?.aside), poller.status.aside.length, probes.length]).toEqual([
      "a b",
      "",
      0,
      0,
    ]);
  });

  it("18. an answer from another cluster is never merged", async () => {
    const pin = clusterPin({ clusterId: "ours" });
    const says: Record<string, readonly [cluster: string, ...members: string[]]> = { x: ["theirs", "x", "y"], b: ["ours", "a", "b"] };
    const asked: string[] = [];
    const ask = async (candidate: string): Promise<Answer> => {
      asked.push(candidate);
      const [cluster, ...members] = says[candidate] ?? fail();
      pin.check(cluster);
      return answer(...members);
    };
    const { clock, source, poller } = setup(async ({ signal }) => (await askCandidates(["x", "b"], ask, { signal })).answer);
    poller.subscribe(() => undefined);
    await clock.advance(0);
    expect([ids(poller.snapshot?.endpoints), asked]).toEqual(["a b", ["x", "b"]]);
    says["b"] = ["theirs", "z"];
    expect(await pollOnce(clock, poller)).toBe("FOREIGN_CLUSTER");
    expect(ids(poller.snapshot?.endpoints)).toBe("a b");
    expect(source.starts.length).toBe(2);
  });

  it("19. a clock jump causes one poll at once, and no burst", async () => {
    const { clock, source, poller } = setup(["a", "b"]);
    poller.subscribe(() => undefined);
    await clock.advance(30_000);
    const polls = source.starts.length;
    await clock.jump(3_600_000);
    expect(source.starts.length).toBe(polls + 1);
    await clock.advance(1_000);
    expect(source.starts.length).toBe(polls + 1);
    expect(poller.status).toMatchObject({ state: "fresh", failures: 0 });
    clock.setWall(-86_400_000);
    await clock.advance(1_000);
    expect(source.starts.length).toBe(polls + 1);
  });
});

/** Counts the listeners that others leave on it. */
class CountingSignal extends EventTarget implements AbortSignal {
  readonly aborted = false;
  readonly reason: unknown = undefined;
  onabort = null;
  listeners = 0;

  throwIfAborted(): void {
    // It never aborts.
  }

  override addEventListener(...parameters: Parameters<EventTarget["addEventListener"]>): void {
    this.listeners += 1;
    super.addEventListener(...parameters);
  }

  override removeEventListener(...parameters: Parameters<EventTarget["removeEventListener"]>): void {
    this.listeners -= 1;
    super.removeEventListener(...parameters);
  }
}
