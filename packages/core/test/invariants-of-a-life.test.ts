import { describe, expect, it, onTestFinished } from "vitest";
import { askCandidates, clusterPin } from "../src/index.js";
import { CountingSignal, fail, pollOnce, record } from "./support/invariants.js";
import { settle } from "./support/manual-clock.js";
import { RecordingSink } from "./support/recording-sink.js";
import { type Answer, answer, hang, ids } from "./support/scripted-source.js";
import { codeOf, setup } from "./support/setup.js";

// The first nine are in invariants.test.ts; 17, and what 19 says of verdicts, in invariants-of-serving.test.ts.
describe("invariants", () => {
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
    clock.shiftWall(-86_400_000);
    await clock.advance(1_000);
    expect(source.starts.length).toBe(polls + 1);
  });
});
