import { ManualClock } from "@rollcall/testkit";
import { beforeEach, describe, expect, it } from "vitest";
import type { Answer } from "../src/answer.js";
import { ChannelResolver } from "../src/channel-resolver.js";
import { SharedFeed } from "../src/shared-feed.js";
import { endpoint, FakeFeed } from "./support/fake-feed.js";

const a = endpoint("10.0.0.1", 1);
const b = endpoint("10.0.0.2", 2);
const settled = (): Promise<void> => new Promise(setImmediate);

let feed: FakeFeed;
let shared: SharedFeed;
let clock: ManualClock;
let told: Answer[];
let verdict: () => boolean;
let resolver: ChannelResolver;

beforeEach(() => {
  feed = new FakeFeed();
  shared = new SharedFeed(feed, "seed");
  clock = Object.assign(new ManualClock(), { random: () => 0.5 });
  told = [];
  verdict = () => true;
  resolver = new ChannelResolver(shared, (answer) => told.push(answer) > 0 && verdict(), clock);
});

const sizes = (): (number | string)[] => told.map((answer) => (answer.kind === "error" ? answer.details : answer.endpoints.length));

describe("what a channel is told", () => {
  it("is told nothing, and nothing is polled, before it asks", async () => {
    feed.set([a]);
    await settled();
    expect([sizes(), feed.subscriptions]).toEqual([[], 0]);
  });

  it("is never told synchronously inside updateResolution", async () => {
    feed.set([a]);
    resolver.updateResolution();
    expect(sizes()).toEqual([]);
    await settled();
    expect(sizes()).toEqual([1]);
  });

  it("is told known endpoints once, however often it asks; every further question is a hint to the poller", async () => {
    feed.set([a]);
    for (let i = 0; i < 50; i++) {
      resolver.updateResolution();
      await settled();
    }
    expect([sizes(), feed.refreshes]).toEqual([[1], 49]);
  });

  it("is told nothing by polls that bring the same addresses", async () => {
    feed.set([a, b]);
    resolver.updateResolution();
    await settled();
    for (let i = 0; i < 20; i++) feed.set([{ ...a, attributes: { zone: String(i) } }, { ...b }]);
    await settled();
    expect(sizes()).toEqual([2]);
  });

  it("is told a changed set without asking", async () => {
    feed.set([a]);
    resolver.updateResolution();
    await settled();
    feed.set([a, b]);
    await settled();
    expect(sizes()).toEqual([1, 2]);
  });

  it("is never told an empty list: endpoints it has stay, and without any it hears why", async () => {
    feed.set([]);
    resolver.updateResolution();
    await settled();
    feed.set([a]);
    await settled();
    feed.set([]);
    resolver.updateResolution();
    await settled();
    feed.set([a]);
    await settled();
    expect(new Set(sizes())).toEqual(new Set(["[rollcall] the cluster lists no endpoint to use", 1]));
    expect(sizes().filter((size) => size === 1)).toHaveLength(1);
  });
});

describe("errors", () => {
  it("are told only after a poll failed, with its error, and good endpoints follow", async () => {
    resolver.updateResolution();
    await settled();
    expect(sizes()).toEqual([]);
    feed.fail("no member answered");
    await settled();
    expect(sizes()).toEqual(["[rollcall] no endpoint is known yet: [fake] [UNAVAILABLE] no member answered"]);
    feed.set([a]);
    await settled();
    expect(sizes()[1]).toBe(1);
  });

  it("are told again when a channel without endpoints asks again, because grpc-js before 1.14 forgets them", async () => {
    feed.fail("no member answered");
    resolver.updateResolution();
    await settled();
    resolver.updateResolution();
    await settled();
    expect(sizes()).toHaveLength(2);
  });

  it("are not told to a channel that has endpoints", async () => {
    feed.set([a]);
    resolver.updateResolution();
    await settled();
    feed.fail("no member answered");
    await settled();
    expect(sizes()).toEqual([1]);
  });
});

describe("a sleeping channel", () => {
  it("is told nothing between destroy and the next updateResolution, not even what was on its way", async () => {
    feed.set([a]);
    resolver.updateResolution();
    resolver.destroy();
    await settled();
    feed.set([a, b]);
    await settled();
    expect(sizes()).toEqual([]);
  });

  it("is told the newest set when it wakes, and the set it had if that is the newest", async () => {
    feed.set([a]);
    resolver.updateResolution();
    await settled();
    resolver.destroy();
    resolver.updateResolution();
    await settled();
    resolver.destroy();
    feed.set([a, b]);
    resolver.updateResolution();
    await settled();
    expect([sizes(), feed.refreshes]).toEqual([[1, 1, 2], 0]);
  });

  it("keeps the subscription, so that the poller does not fall asleep with it", () => {
    resolver.updateResolution();
    resolver.destroy();
    expect(feed.sinks.size).toBe(1);
  });
});

describe("a channel that does not apply what it is told", () => {
  it("is told again with backoff, at most every 10 s, until it does", async () => {
    verdict = () => false;
    feed.set([a]);
    resolver.updateResolution();
    await settled();
    for (const step of [1_000, 2_000, 4_000, 8_000, 10_000, 10_000]) {
      const before = told.length;
      await clock.advance(step * 0.75 - 1);
      resolver.updateResolution();
      feed.fail("a failed poll is no reason to tell it earlier");
      await settled();
      expect(told).toHaveLength(before);
      await clock.advance(1);
      expect(told).toHaveLength(before + 1);
    }
    verdict = () => true;
    await clock.advance(7_500);
    expect(clock.pending).toBe(0);
  });

  it("is told a newer set at once", async () => {
    verdict = () => false;
    feed.set([a]);
    resolver.updateResolution();
    await settled();
    verdict = () => true;
    feed.set([a, b]);
    await settled();
    expect([sizes(), clock.pending]).toEqual([[1, 2], 0]);
  });

  it("has no timer left after destroy", async () => {
    verdict = () => false;
    feed.set([a]);
    resolver.updateResolution();
    await settled();
    expect(clock.pending).toBe(1);
    resolver.destroy();
    expect(clock.pending).toBe(0);
  });

  it("harms no other channel when it throws; a process warning says so", async () => {
    const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
    const others: Answer[] = [];
    verdict = () => {
      throw new Error("a bug in a policy");
    };
    feed.set([a]);
    resolver.updateResolution();
    new ChannelResolver(shared, (answer) => others.push(answer) > 0, clock).updateResolution();
    await settled();
    expect([others.length, clock.pending]).toEqual([1, 1]);
    expect((await warned).message).toMatch(/a bug in a policy/);
  });

  it("that goes to sleep while it is told is told again when it wakes", async () => {
    verdict = () => {
      resolver.destroy();
      return true;
    };
    feed.set([a]);
    resolver.updateResolution();
    await settled();
    resolver.updateResolution();
    await settled();
    expect(sizes()).toEqual([1, 1]);
  });
});
