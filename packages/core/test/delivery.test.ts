import { getEventListeners } from "node:events";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { Delivery, type DeliveryHost } from "../src/delivery.js";
import { diffEndpoints } from "../src/diff.js";
import type { Endpoint, EndpointSink, Snapshot, Status, SubscribeOptions } from "../src/index.js";
import { settle } from "./support/manual-clock.js";
import { RecordingSink } from "./support/recording-sink.js";
import { ids, member } from "./support/scripted-source.js";
import { steady } from "./support/steady-clock.js";

const status: Status = { state: "fresh", failures: 0, held: 0, aside: [] };

/** One delivery to one sink, and what its host was told. */
function delivering<S extends EndpointSink>(sink: S, options: SubscribeOptions = {}) {
  const resolved = steady();
  const feed: { snapshot: Snapshot | undefined; status: Status } = { snapshot: undefined, status };
  const failures: (readonly [error: unknown, failures: number])[] = [];
  const left: unknown[] = [];
  const host: DeliveryHost<unknown> = {
    feed,
    options: resolved,
    diff: diffEndpoints,
    sinkFailed: (error, count) => void failures.push([error, count]),
    left: (gone) => void left.push(gone),
  };
  const delivery = new Delivery(host, sink, options);
  const known = new Map<string, Endpoint>();
  const same = (text: string): Endpoint => known.get(text) ?? member(text);
  /** There is a new version; members that were there before keep their identity. */
  const publish = (...members: readonly string[]): void => {
    const endpoints = members.map(same);
    for (const [at, endpoint] of endpoints.entries()) known.set(members[at] ?? "", endpoint);
    feed.snapshot = { version: (feed.snapshot?.version ?? 0) + 1, endpoints, aside: [], metadata: undefined, changedAt: 0 };
    delivery.offer();
  };
  return { delivery, sink, clock: resolved.clock, feed, failures, left, publish };
}

/** What a recording sink was told: the view, and what was added and removed. */
function told({ calls }: RecordingSink): readonly string[] {
  return calls.map(({ snapshot, diff }) => `${ids(snapshot.endpoints)} +${ids(diff.added)} -${ids(diff.removed)}`);
}

/** A sink whose calls end when the test says so. */
function slowSink() {
  const sink = new RecordingSink();
  const ends: { readonly apply: (value?: unknown) => void; readonly refuse: (error: unknown) => void }[] = [];
  sink.behaviour = () => new Promise((resolve, reject) => ends.push({ apply: resolve, refuse: reject }));
  return { sink, ends };
}

describe("Delivery", () => {
  it("tells nothing before there is a version, then each once: the first as all added", () => {
    const { delivery, sink, publish } = delivering(new RecordingSink());
    delivery.offer();
    expect(sink.calls).toEqual([]);
    publish("a", "b");
    delivery.offer();
    publish("b", "c");
    delivery.offer();
    expect(told(sink)).toEqual(["a b +a b -", "b c +c -a"]);
    expect(sink.problems).toEqual([]);
  });

  it("tells even an empty set if it is the first", () => {
    const { sink, publish } = delivering(new RecordingSink());
    publish();
    publish();
    expect(told(sink)).toEqual([" + -"]);
  });

  describe("a version whose view is the same", () => {
    const onlyA: SubscribeOptions = { select: (endpoints) => endpoints.filter(({ id }) => id === "a") };

    it("is not told, and is selected from only once", () => {
      let selections = 0;
      const select = (endpoints: readonly Endpoint[]): readonly Endpoint[] => {
        selections += 1;
        return endpoints.slice(0, 1);
      };
      const { delivery, sink, publish } = delivering(new RecordingSink(), { select });
      publish("a", "b");
      publish("a", "c");
      delivery.offer();
      expect([told(sink), selections]).toEqual([["a +a -"], 2]);
    });

    it("leaves the next diff to be taken from what was applied", () => {
      const { sink, publish } = delivering(new RecordingSink(), onlyA);
      for (const members of [["a", "b"], ["a"], ["a@moved", "c"]]) publish(...members);
      expect(sink.calls.map(({ diff }) => [diff.added.length, diff.changed.length])).toEqual([
        [1, 0],
        [0, 1],
      ]);
    });

    it("is told with an empty diff to who asked for metadata", () => {
      const { sink, publish } = delivering(new RecordingSink(), { ...onlyA, metadata: true });
      publish("a", "b");
      publish("a", "c");
      expect(told(sink)).toEqual(["a +a -", "a + -"]);
    });
  });

  describe("to a slow sink", () => {
    it("makes one call at a time, then goes on with the newest version, from what was applied", async () => {
      const { sink, ends } = slowSink();
      const { publish } = delivering(sink);
      publish("a");
      publish("a", "b");
      publish("b", "c");
      await settle();
      expect(told(sink)).toEqual(["a +a -"]);
      ends[0]?.apply();
      await settle();
      expect(told(sink)).toEqual(["a +a -", "b c +b c -a"]);
      ends[1]?.apply();
      await settle();
      publish("b");
      expect([told(sink).at(-1), sink.problems]).toEqual(["b + -c", []]);
    });

    it("awaits whatever can be awaited, and nothing else", async () => {
      const foreign: unknown = runInNewContext("Promise.resolve()"); // a promise, but no instance of ours
      const answers = [foreign, null, undefined, "then", JSON.parse('{"then":"later"}'), 0];
      let calls = 0;
      const { publish, failures } = delivering({ update: () => answers[calls++] });
      publish("a");
      publish("a", "b");
      expect(calls).toBe(1);
      await settle();
      expect(calls).toBe(2);
      for (const members of [["a"], ["b"], ["c"], ["d"]]) publish(...members);
      expect([calls, failures]).toEqual([6, []]);
    });
  });

  describe("to a sink that fails", () => {
    const no = new Error("no");
    const refusals = [
      ["throws", () => fail(no)],
      ["rejects", () => Promise.reject(no)],
    ] as const;

    it.each(refusals)("and %s: it is told again with backoff, against what it applied last, until it converges", async (_how, refuse) => {
      const { sink, publish, clock, failures } = delivering(new RecordingSink());
      publish("a");
      sink.behaviour = refuse;
      publish("a", "b");
      await settle();
      expect([failures, sink.calls.length]).toEqual([[[no, 1]], 2]);
      publish("c"); // must wait for the next attempt
      await clock.advance(1_249);
      expect(sink.calls).toHaveLength(2);
      await clock.advance(1);
      expect([failures.at(-1), told(sink).at(-1)]).toEqual([[no, 2], "c +c -a"]);
      await clock.advance(1_500);
      expect([failures.at(-1), sink.calls.length]).toEqual([[no, 3], 4]);
      sink.behaviour = () => undefined;
      await clock.advance(3_000);
      expect([sink.calls.length, ids(sink.folded), sink.problems, clock.pending]).toEqual([5, "c", [], 0]);
    });

    it.each(refusals)("and %s: the backoff begins anew once it has applied something", async (_how, refuse) => {
      const { sink, publish, clock, failures } = delivering(new RecordingSink());
      sink.behaviour = refuse;
      publish("a");
      await clock.advance(1_250);
      sink.behaviour = () => undefined;
      await clock.advance(1_500);
      sink.behaviour = refuse;
      publish("b");
      await clock.advance(1_250);
      expect(failures.map(([, count]) => count)).toEqual([1, 2, 1, 2]);
    });

    it("a selection that is of no use is a failure as well, and the sink keeps what it has", async () => {
      let choose: (endpoints: readonly Endpoint[]) => readonly Endpoint[] = (endpoints) => endpoints;
      const { sink, publish, clock, failures } = delivering(new RecordingSink(), { select: (endpoints) => choose(endpoints) });
      publish("a");
      choose = () => [];
      publish("a", "b");
      expect([failures.length, sink.calls.length]).toEqual([1, 1]);
      choose = (endpoints) => endpoints;
      await clock.advance(1_250);
      expect(told(sink)).toEqual(["a +a -", "a b +b -"]);
    });
  });

  describe("status", () => {
    it("is told soon, never at once, and once however often it is offered meanwhile", async () => {
      const sink = new RecordingSink();
      const { delivery, feed, failures } = delivering(sink);
      delivery.offerStatus();
      delivery.offerStatus();
      expect(sink.statuses).toEqual([]);
      feed.status = { ...status, state: "stale" };
      await settle();
      expect(sink.statuses).toEqual([feed.status]);
      delivery.offerStatus();
      await settle();
      expect([sink.statuses.length, failures]).toEqual([2, []]);
    });

    it("a sink that wants none is told none", async () => {
      const { delivery, failures } = delivering({ update: () => undefined });
      delivery.offerStatus();
      await settle();
      expect(failures).toEqual([]);
    });

    it("nobody is told any more once the subscription is over", async () => {
      const sink = new RecordingSink();
      const { delivery } = delivering(sink);
      delivery.offerStatus();
      delivery[Symbol.dispose]();
      delivery.offerStatus();
      await settle();
      expect(sink.statuses).toEqual([]);
    });

    it.each([
      ["throws", () => fail("no")],
      ["rejects", () => Promise.reject("no")],
    ])("a sink that %s is reported, with the failed deliveries in a row, and costs no retry", async (_how, refuse) => {
      const { delivery, publish, clock, failures } = delivering({ update: () => fail("never"), status: refuse });
      delivery.offerStatus();
      await settle();
      expect([failures, clock.pending]).toEqual([[["no", 0]], 0]);
      publish("a");
      delivery.offerStatus();
      await settle();
      expect(failures.slice(1)).toEqual([
        ["never", 1],
        ["no", 1],
      ]);
    });
  });

  describe("that is disposed", () => {
    it("tells nobody any more, has no timer and no listener, and says so once", async () => {
      const controller = new AbortController();
      const { delivery, sink, publish, clock, left } = delivering(new RecordingSink(), { signal: controller.signal });
      sink.behaviour = () => fail("no");
      publish("a");
      expect([delivery.over, clock.pending]).toEqual([false, 1]);
      delivery[Symbol.dispose]();
      delivery[Symbol.dispose]();
      controller.abort();
      publish("b");
      await clock.advance(60_000);
      expect([delivery.over, clock.pending, sink.calls.length]).toEqual([true, 0, 1]);
      expect([left.length, left[0] === delivery, getEventListeners(controller.signal, "abort").length]).toEqual([1, true, 0]);
    });

    it("by its signal ends at once; by one that has fired before it began never begins", async () => {
      const controller = new AbortController();
      const { delivery, sink, publish, left } = delivering(new RecordingSink(), { signal: controller.signal });
      controller.abort();
      publish("a");
      expect([delivery.over, left.length, sink.calls.length]).toEqual([true, 1, 0]);
      const late = delivering(new RecordingSink(), { signal: AbortSignal.abort() });
      late.publish("a");
      expect([late.delivery.over, late.sink.calls.length]).toEqual([true, 0]);
    });

    it("from inside its own selection does not reach the sink", () => {
      const controller = new AbortController();
      const select = (endpoints: readonly Endpoint[]): readonly Endpoint[] => {
        controller.abort();
        return endpoints;
      };
      const { sink, publish, failures } = delivering(new RecordingSink(), { select, signal: controller.signal });
      publish("a");
      expect([sink.calls, failures]).toEqual([[], []]);
    });

    it("from inside a call that then fails is reported and not tried again", async () => {
      const { delivery, sink, publish, clock, failures } = delivering(new RecordingSink());
      sink.behaviour = () => {
        delivery[Symbol.dispose]();
        return fail("no");
      };
      publish("a");
      expect(clock.pending).toBe(0);
      await clock.advance(60_000);
      expect([failures, sink.calls.length]).toEqual([[["no", 1]], 1]);
    });

    it.each([
      ["applied", (end: { readonly apply: () => void }) => end.apply(), []],
      ["refused", (end: { readonly refuse: (error: unknown) => void }) => end.refuse("no"), [["no", 1]]],
    ] as const)("asynchronously waits for the call in progress, and makes no other when that is %s", async (_how, finish, reported) => {
      const { sink, ends } = slowSink();
      const { delivery, publish, clock, failures } = delivering(sink);
      publish("a");
      publish("b");
      let disposed = false;
      const disposing = delivery[Symbol.asyncDispose]().then(() => {
        disposed = true;
      });
      await settle();
      expect([disposed, delivery.over]).toEqual([false, true]);
      for (const end of ends) finish(end);
      await disposing;
      expect(clock.pending).toBe(0);
      await clock.advance(60_000);
      expect([sink.calls.length, failures]).toEqual([1, reported]);
    });
  });
});

function fail(error: unknown): never {
  throw error;
}
