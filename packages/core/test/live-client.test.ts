import { subscribe } from "node:diagnostics_channel";
import { afterEach, describe, expect, it } from "vitest";
import { liveClient } from "../src/index.js";
import { fail } from "./support/delivering.js";
import { setup } from "./support/setup.js";
import { staged, stagedSlow } from "./support/staged-client.js";
import { StagedFeed } from "./support/staged-feed.js";

const told: unknown[] = [];
subscribe("rollcall:sink-error", (message) => void told.push((message as { readonly error: unknown }).error));
afterEach(() => void told.splice(0));

describe("liveClient: what it is built from", () => {
  it("everybody listed, aside or not, sorted by id; frozen", async () => {
    const feed = new StagedFeed();
    const live = liveClient(feed, (...given) => given, { dispose: () => undefined });
    await feed.publish("a c", "b");
    const [endpoints, snapshot] = await live.ready();
    expect(endpoints.map(({ id }) => id)).toEqual(["a", "b", "c"]);
    expect(Object.isFrozen(endpoints)).toBe(true);
    expect(snapshot).toBe(feed.snapshot);
  });

  it("going aside, coming back, and news of metadata alone build nothing", async () => {
    const { feed, live, created, disposed } = staged();
    await feed.publish("a b");
    const first = live.current;
    await feed.publish("b", "a");
    await feed.publish("a b");
    await feed.publish("a b", "", "another leader");
    expect([created, disposed, live.current]).toEqual([["a b"], [], first]);
  });

  it("a member that comes, goes, moves or is removed while it is aside builds a new one", async () => {
    const { feed, live, created } = staged();
    await feed.publish("a b");
    await feed.publish("a b c");
    await feed.publish("b@moved c");
    await feed.publish("b@moved", "c");
    await feed.publish("b@moved");
    expect(created).toEqual(["a b", "a b c", "b c", "b"]);
    expect(live.current).toEqual({ of: "b" });
  });

  it("nothing is called inside liveClient, nor before somebody is known", async () => {
    const { feed, live, created } = staged();
    await feed.fail("UNAVAILABLE");
    expect([live.current, created]).toEqual([undefined, []]);
    const late = new StagedFeed();
    await late.publish("a");
    const calls: number[] = [];
    liveClient(late, () => calls.push(1), { dispose: () => undefined });
    expect(calls).toEqual([]);
  });
});

describe("liveClient: replacing", () => {
  it("a client that create gives again is not disposed while it is the current one", async () => {
    const cached = { of: "cached" };
    const { feed, clock, live, disposed } = staged({ create: (of) => (of === "a" ? cached : undefined) });
    await feed.publish("a");
    await feed.publish("b");
    await feed.publish("a");
    await clock.advance(60_000);
    expect([live.current, disposed]).toEqual([cached, ["b"]]);
    await live[Symbol.asyncDispose]();
    expect(disposed).toEqual(["b", "cached"]);
  });

  it("lets the old client live for drainMs, 30 s unless told otherwise, and disposes it once", async () => {
    for (const [drainMs, expected] of [
      [undefined, 30_000],
      [5_000, 5_000],
      [0, 0],
    ]) {
      const { feed, clock, live, disposed } = staged({ drainMs });
      await feed.publish("a");
      await feed.publish("b");
      expect(live.current).toEqual({ of: "b" });
      if (expected) await clock.advance(expected - 1);
      expect(disposed).toEqual(expected ? [] : ["a"]);
      await clock.advance(1);
      await clock.advance(100_000);
      expect(disposed).toEqual(["a"]);
    }
  });

  it("its timers do not keep the process alive", async () => {
    const { feed, clock } = staged();
    await feed.publish("a");
    const before = clock.keptAlive.length;
    await feed.publish("b");
    expect(clock.keptAlive.slice(before)).toEqual([false]);
  });

  it("what changes while create is in progress is built next, newest only, and no client is lost", async () => {
    const { feed, clock, live, created, disposed, creations } = stagedSlow();
    await feed.publish("a");
    await feed.publish("a b");
    await feed.publish("a b c");
    expect([created, live.current]).toEqual([["a"], undefined]);
    creations[0]?.done();
    await clock.advance(0);
    expect([created, live.current]).toEqual([["a", "a b c"], { of: "a" }]);
    creations[1]?.done();
    await clock.advance(0);
    expect(live.current).toEqual({ of: "a b c" });
    await clock.advance(30_000);
    expect(disposed).toEqual(["a"]);
  });

  it("a client that create returns again, made to fit, is not disposed", async () => {
    const client = { of: "always the same" };
    const { feed, clock, live, disposed } = staged({ create: () => client });
    await feed.publish("a");
    await feed.publish("b");
    await clock.advance(100_000);
    expect([live.current, disposed]).toEqual([client, []]);
  });

  it.each([
    ["throws", (error: Error) => fail(error)],
    ["rejects", (error: Error) => Promise.reject(error)],
  ])("a create that %s keeps the old client, is told on the channel, and is tried again until it succeeds", async (_how, broken) => {
    let down = false;
    const error = new Error("no broker");
    const { feed, clock, live, created, disposed } = staged({ create: (of) => (down ? broken(error) : { of }) });
    await feed.publish("a");
    down = true;
    await feed.publish("b");
    await clock.advance(10_000);
    expect(live.current).toEqual({ of: "a" });
    expect(created.length).toBeGreaterThan(3);
    expect(told.every((one) => one === error)).toBe(true);
    expect(told).toHaveLength(created.length - 1);
    down = false;
    await clock.advance(10_000);
    expect(live.current).toEqual({ of: "b" });
    expect(disposed).toEqual([]);
    await clock.advance(30_000);
    expect(disposed).toEqual(["a"]);
  });

  it("gives up what failed when the members are those of the current client again", async () => {
    const { feed, clock, live, created } = staged({ create: (of) => (of === "b" ? fail(new Error("no")) : { of }) });
    await feed.publish("a");
    await feed.publish("b");
    await feed.publish("a");
    await clock.advance(60_000);
    expect([created, live.current]).toEqual([["a", "b"], { of: "a" }]);
  });
});

describe("liveClient: given nonsense", () => {
  const { poller } = setup(["a"]);
  const dispose = (): void => undefined;
  it.each([
    [[{}, dispose, { dispose }], "feed: got {}, allowed is an EndpointFeed"],
    [[undefined, dispose, { dispose }], "feed: got undefined"],
    [[poller, undefined, { dispose }], "create: got undefined, allowed is a function that makes a client"],
    [[poller, dispose, {}], "dispose: got undefined, allowed is a function that closes a client"],
    [[poller, dispose], "the options of liveClient: got undefined, allowed is an object"],
    [[poller, dispose, { dispose, drain: 1 }], 'liveClient, option names: got "drain", allowed is one of dispose, drainMs, clock'],
    [[poller, dispose, { dispose, drainMs: -1 }], "drainMs: got -1, allowed is a number from 0 to 86400000"],
    [[poller, dispose, { dispose, drainMs: Number.POSITIVE_INFINITY }], "drainMs: got Infinity"],
  ])("refuses arguments %#", (given, message) => {
    const make = () => liveClient(...(given as unknown as Parameters<typeof liveClient>));
    expect(make).toThrow(message);
    expect(make).toThrow("[INVALID_OPTIONS]");
  });
});
