import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import type { Endpoint } from "../src/index.js";
import { delivering, fail, slowSink, status } from "./support/delivering.js";
import { settle } from "./support/manual-clock.js";
import { RecordingSink } from "./support/recording-sink.js";

describe("Delivery", () => {
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
