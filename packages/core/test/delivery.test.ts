import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import type { Endpoint, SubscribeOptions } from "../src/index.js";
import { delivering, fail, slowSink, told } from "./support/delivering.js";
import { settle } from "./support/manual-clock.js";
import { RecordingSink } from "./support/recording-sink.js";
import { ids } from "./support/scripted-source.js";

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
});
