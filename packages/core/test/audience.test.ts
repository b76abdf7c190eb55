import { subscribe as listen, unsubscribe as unlisten } from "node:diagnostics_channel";
import { describe, expect, it, onTestFinished } from "vitest";
import { Audience } from "../src/audience.js";
import { DiscoveryError, type DiscoveryErrorCode, type Snapshot, type Status } from "../src/index.js";
import { settle } from "./support/manual-clock.js";
import { RecordingSink } from "./support/recording-sink.js";
import { answer, ids } from "./support/scripted-source.js";
import { codeOf } from "./support/setup.js";
import { steady } from "./support/steady-clock.js";

const fresh: Status = { state: "fresh", failures: 0, held: 0, aside: [] };
const error = (code: DiscoveryErrorCode): DiscoveryError => new DiscoveryError(code, "no", { source: "test" });

/** An audience, what its poller was told, and the feed that it sees. */
function gathering() {
  const options = steady();
  const feed: { snapshot: Snapshot | undefined; status: Status } = { snapshot: undefined, status: fresh };
  const events: string[] = [];
  const audience: Audience<unknown> = new Audience({
    feed,
    key: "test",
    options,
    joined: () => void events.push("joined"),
    left: () => void events.push(audience.isEmpty ? "left, nobody is there" : "left"),
  });
  const publish = (...members: readonly string[]): void => {
    const before = feed.snapshot;
    const { endpoints } = answer(...members);
    feed.snapshot = { version: (before?.version ?? 0) + 1, endpoints, aside: [], metadata: undefined, changedAt: 0 };
    audience.offer(before);
  };
  return { audience, feed, events, publish, clock: options.clock };
}

describe("Audience", () => {
  it("is empty until somebody subscribes or waits", async () => {
    const { audience, events } = gathering();
    expect(audience.isEmpty).toBe(true);
    const waiting = codeOf(audience.wait(0, undefined));
    expect(audience.isEmpty).toBe(false);
    const subscription = audience.subscribe(new RecordingSink(), {});
    audience.pollEnded(1, error("TIMEOUT"));
    expect([await waiting, audience.isEmpty]).toEqual(["TIMEOUT", false]);
    subscription[Symbol.dispose]();
    expect([audience.isEmpty, events]).toEqual([true, ["joined", "joined", "left, nobody is there"]]);
  });

  describe("subscribe", () => {
    it("replays set and status, and calls nobody before it has returned", async () => {
      const { audience, publish } = gathering();
      publish("a");
      const sink = new RecordingSink();
      audience.subscribe(sink, {});
      expect([sink.calls.length, sink.statuses.length]).toEqual([0, 0]);
      await settle();
      expect([sink.calls.map(({ diff }) => ids(diff.added)), sink.statuses]).toEqual([["a"], [fresh]]);
    });

    it("who was there before is told every version at once, who has left is not", async () => {
      const { audience, publish, events } = gathering();
      const sinks = [new RecordingSink(), new RecordingSink()] as const;
      const [stays, leaves] = sinks.map((sink) => audience.subscribe(sink, {}));
      await settle();
      publish("a");
      leaves?.[Symbol.dispose]();
      leaves?.[Symbol.dispose]();
      publish("a", "b");
      expect(sinks.map(({ calls }) => calls.length)).toEqual([2, 1]);
      stays?.[Symbol.dispose]();
      expect(events).toEqual(["joined", "joined", "left", "left, nobody is there"]);
    });

    it("with a signal that has fired already changes nothing", async () => {
      const { audience, publish, events } = gathering();
      publish("a");
      const sink = new RecordingSink();
      audience.subscribe(sink, { signal: AbortSignal.abort() })[Symbol.dispose]();
      await settle();
      expect([sink.calls, sink.statuses, events, audience.isEmpty]).toEqual([[], [], [], true]);
    });

    it.each([
      ["no sink", null, {}, "sink: got null, allowed is a function, or an object with update()"],
      ["a sink without update()", { status: () => undefined }, {}, "sink: got [Object], allowed is a function, or an object with update()"],
      ["an unknown option", undefined, { selct: 1 }, 'subscribe, option names: got "selct", allowed is one of select, metadata, signal'],
      ["a selection that is no function", undefined, { select: "zone" }, 'select: got "zone", allowed is a function'],
      ["a signal that is none", undefined, { signal: "now" }, 'signal: got "now", allowed is an AbortSignal'],
    ])("refuses %s, and nobody joins", (_what, sink, options, message) => {
      const { audience, events } = gathering();
      const given = sink === undefined ? new RecordingSink() : sink;
      expect(() => audience.subscribe(given as never, options as never)).toThrow(`[core] [INVALID_OPTIONS] ${message}`);
      expect([events, audience.isEmpty]).toEqual([[], true]);
    });

    it("throws CLOSED once the poller is closed", () => {
      const { audience, feed, events } = gathering();
      feed.status = { ...fresh, state: "closed" };
      expect(() => audience.subscribe(new RecordingSink(), {})).toThrow("[test] [CLOSED] the poller is closed");
      expect([events, audience.isEmpty]).toEqual([[], true]);
    });
  });

  describe("wait", () => {
    it("is answered by the poll it waits for", async () => {
      const { audience, publish, feed } = gathering();
      const any = audience.wait(undefined, undefined);
      const later = codeOf(audience.wait(1, undefined));
      publish("a");
      audience.pollEnded(1, undefined);
      expect(await any).toBe(feed.snapshot);
      audience.pollEnded(2, error("HELD"));
      expect(await later).toBe("HELD");
    });

    it.each([
      ["the last poll's error, which it shows, if there is one", error("UNAVAILABLE"), error("UNAVAILABLE")],
      ["else the signal's reason", undefined, "enough"],
    ])("gives up with ABORTED when its signal fires, because of %s", async (_what, last, cause) => {
      const { audience, feed, events } = gathering();
      const controller = new AbortController();
      const waiting = audience.wait(undefined, controller.signal);
      feed.status = { ...fresh, error: last };
      controller.abort("enough");
      const why = last === undefined ? "" : `; last error: ${last.message}`;
      await expect(waiting).rejects.toMatchObject({ code: "ABORTED", message: `[test] [ABORTED] the caller gave up waiting${why}`, cause });
      expect(events).toEqual(["joined", "left, nobody is there"]);
    });

    it("with a signal that has fired already nobody joins and nothing keeps the process alive", async () => {
      const { audience, events, clock } = gathering();
      const waiting = audience.wait(1, AbortSignal.abort());
      expect([events.includes("joined"), audience.isEmpty, clock.pending]).toEqual([false, true, 0]);
      expect(await codeOf(waiting)).toBe("ABORTED");
    });

    it("refuses a signal that is none, and rejects with CLOSED once the poller is closed; in neither case somebody joins", async () => {
      const { audience, feed, events, clock } = gathering();
      expect(await codeOf(audience.wait(undefined, {} as AbortSignal))).toBe("INVALID_OPTIONS");
      feed.status = { ...fresh, state: "closed" };
      await expect(audience.wait(undefined, undefined)).rejects.toThrow("[test] [CLOSED] the poller is closed");
      expect([events, audience.isEmpty, clock.pending]).toEqual([[], true, 0]);
    });
  });

  describe("offerStatus", () => {
    it.each<readonly [string, Partial<Status>, number]>([
      ["another state", { state: "stale" }, 1],
      ["another error", { error: error("TIMEOUT") }, 1],
      ["another number of failures", { failures: 1 }, 1],
      ["another number of held answers", { held: 1 }, 1],
      ["only another time of the next poll", { nextAttemptAt: 5, lastSuccessAt: 4 }, 0],
    ])("%s", async (_what, change, calls) => {
      const { audience, feed } = gathering();
      audience.offerStatus();
      const sink = new RecordingSink();
      audience.subscribe(sink, {});
      await settle();
      feed.status = { ...fresh, ...change };
      for (let again = 0; again < 2; again += 1) {
        audience.offerStatus();
        await settle();
        expect(sink.statuses).toHaveLength(1 + calls);
      }
    });
  });

  it("a new version is announced on rollcall:change with what it changes, to whoever listens there", () => {
    const { publish } = gathering();
    const changes: string[] = [];
    const collect = (message: unknown): void => {
      const { source, snapshot, diff } = message as { source: string; snapshot: Snapshot; diff: { added: []; removed: [] } };
      changes.push(`${source} ${snapshot.version} +${ids(diff.added)} -${ids(diff.removed)}`);
    };
    listen("rollcall:change", collect);
    onTestFinished(() => void unlisten("rollcall:change", collect));
    publish("a");
    publish("b");
    expect(changes).toEqual(["test 1 +a -", "test 2 +b -a"]);
  });

  describe("iterate", () => {
    it("counts as a subscription from its first next() until it is left", async () => {
      const { audience, events, publish } = gathering();
      const iterator = audience.iterate();
      expect([audience.isEmpty, events]).toEqual([true, []]);
      const next = iterator.next();
      expect([audience.isEmpty, events]).toEqual([false, ["joined"]]);
      await settle();
      publish("a");
      expect((await next).value?.version).toBe(1);
      await iterator.return();
      expect(events).toEqual(["joined", "left, nobody is there"]);
    });

    it("yields versions in which only metadata changed, too", async () => {
      const { audience, feed, publish } = gathering();
      publish("a");
      const iterator = audience.iterate();
      const { value: first } = await iterator.next();
      feed.snapshot = { ...(first as Snapshot), version: 2 };
      audience.offer(first);
      expect((await iterator.next()).value).toBe(feed.snapshot);
    });

    it("is over at once when the poller is closed, even if it began before", async () => {
      const { audience, feed, events } = gathering();
      const iterator = audience.iterate();
      feed.status = { ...fresh, state: "closed" };
      expect([await iterator.next(), events]).toEqual([{ done: true, value: undefined }, []]);
    });
  });

  it("close ends iterators, subscriptions and waiters, and leaves no timer", async () => {
    const { audience, feed, publish, clock } = gathering();
    const sink = new RecordingSink();
    sink.behaviour = () => {
      throw new Error("no");
    };
    audience.subscribe(sink, {});
    const next = audience.iterate().next();
    const waiting = codeOf(audience.wait(1, undefined));
    await settle();
    feed.status = { ...fresh, state: "closed" };
    audience.close();
    expect([await next, await waiting, audience.isEmpty]).toEqual([{ done: true, value: undefined }, "CLOSED", true]);
    publish("a");
    await clock.advance(60_000);
    expect([sink.calls, clock.pending]).toEqual([[], 0]);
  });
});
