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
let told: Answer[];
let resolver: ChannelResolver;

beforeEach(() => {
  feed = new FakeFeed();
  shared = new SharedFeed(feed, "seed");
  told = [];
  resolver = new ChannelResolver(shared, (answer) => told.push(answer) > 0);
});

const sizes = (): (number | string)[] => told.map((answer) => (answer.kind === "error" ? answer.details : answer.endpoints.length));

describe("the shared subscription", () => {
  it("is one for many channels", async () => {
    const channels = Array.from({ length: 100 }, () => new ChannelResolver(shared, () => true));
    for (const channel of channels) channel.updateResolution();
    await settled();
    expect(feed.subscriptions).toBe(1);
  });

  it("is tried again when the feed refused it, and the channel hears why", async () => {
    const { subscribe } = feed;
    feed.subscribe = () => {
      throw new Error("too many listeners");
    };
    resolver.updateResolution();
    await settled();
    feed.subscribe = subscribe;
    feed.set([a]);
    resolver.updateResolution();
    await settled();
    expect(sizes()).toEqual([expect.stringContaining("too many listeners"), 1]);
  });

  it("ends with the poller: no hint, no new set, and a channel that wakes hears why", async () => {
    feed.set([a]);
    resolver.updateResolution();
    await settled();
    feed.close();
    resolver.updateResolution();
    await settled();
    expect([sizes(), feed.refreshes]).toEqual([[1], 0]);
    resolver.destroy();
    resolver.updateResolution();
    await settled();
    expect(sizes()[1]).toBe("[rollcall] the poller has been closed; make channels on a new one");
  });
});

describe("the authority", () => {
  it("is that of the first known endpoint by id, and does not change any more", () => {
    expect(shared.authority()).toBe("rollcall");
    feed.set([a, b]);
    expect(shared.authority()).toBe("10.0.0.1:1");
    feed.set([b]);
    expect(shared.authority()).toBe("10.0.0.1:1");
  });
});
