import { describe, expect, it } from "vitest";
import { fail, pollOnce } from "./support/invariants.js";
import { settle } from "./support/manual-clock.js";
import { RecordingSink } from "./support/recording-sink.js";
import { type Answer, answer, hang, ids } from "./support/scripted-source.js";
import { codeOf, setup } from "./support/setup.js";

// The others are in invariants-of-a-life.test.ts.
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
});
