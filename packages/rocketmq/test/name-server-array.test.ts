import { DiscoveryError, type EndpointFeed, MetadataPoller } from "@rollcall/core";
import { describe, expect, expectTypeOf, it, onTestFinished } from "vitest";
import { nameServerArray } from "../src/name-server-array.js";
import type { RocketmqBrokers } from "../src/rocketmq-brokers-metadata.js";
import type { RocketmqNameservers } from "../src/rocketmq-nameservers-metadata.js";
import { type NameserverFeed, nameserverFeed } from "./support/nameserver-feed.js";

/** An array of the first set. */
async function arrayOf(feed: NameserverFeed, ...listed: readonly string[]) {
  const [list] = await Promise.all([nameServerArray(feed.poller), feed.list(...listed)]);
  return list;
}

describe("row 25: the array for ali-ons", () => {
  it("waits for the first set, and is an array of its addresses and of nothing else", async () => {
    const feed = nameserverFeed();
    let list: readonly string[] | undefined;
    const made = nameServerArray(feed.poller).then((first) => (list = first));
    await feed.clock.advance(60_000);
    expect([list, feed.poller.status.failures > 1]).toEqual([undefined, true]);
    await feed.list("b:1", "a:1");
    list = await made;
    expect(list).toStrictEqual(["a:1", "b:1"]);
    expect([Array.isArray(list), JSON.stringify(list), Object.keys(list), Reflect.ownKeys({ ...list })]).toEqual([
      true,
      '["a:1","b:1"]',
      ["0", "1"],
      ["0", "1"],
    ]);
  });

  it("changes in place, whole, and is at no moment empty", async () => {
    const feed = nameserverFeed();
    const list = await arrayOf(feed, "a:1", "b:1");
    const splices: (readonly string[])[] = [];
    list.splice = (from: number, count?: number, ...items: string[]) => {
      const removed = Array.prototype.splice.call(list, from, count ?? 0, ...items) as string[];
      splices.push([...list]);
      return removed;
    };
    await feed.list("c:1");
    await feed.list("c:1", "d:1", "e:1");
    await feed.list();
    expect(splices).toEqual([["c:1"], ["c:1", "d:1", "e:1"]]);
  });

  it("has an address once that two nameservers share", async () => {
    expect(await arrayOf(nameserverFeed(), "x@a:1", "y@a:1", "z@b:1")).toStrictEqual(["a:1", "b:1"]);
  });

  it("leaves IPv6 addresses out, and stays as it is while there are no others", async () => {
    const feed = nameserverFeed();
    const list = await arrayOf(feed, "[::1]:9876", "a:1");
    expect(list).toStrictEqual(["a:1"]);
    await feed.list("[::1]:9876");
    expect(list).toStrictEqual(["a:1"]);
    await feed.list("[::1]:9876", "b:1");
    expect(list).toStrictEqual(["b:1"]);
  });

  it("stays as it is when the feed closes, and when it is disposed, which ends the subscription", async () => {
    const [closed, disposed, awaited] = [nameserverFeed(), nameserverFeed(), nameserverFeed()];
    const lists = [await arrayOf(closed, "a:1"), await arrayOf(disposed, "a:1"), await arrayOf(awaited, "a:1")];
    await closed.poller.close();
    lists[1]?.[Symbol.dispose]();
    await lists[2]?.[Symbol.asyncDispose]();
    await lists[2]?.[Symbol.asyncDispose]();
    for (const feed of [disposed, awaited]) {
      expect(feed.polls).toBe(false);
      await feed.list("b:1");
    }
    expect(lists).toEqual([["a:1"], ["a:1"], ["a:1"]]);
  });

  it("is there at once on a feed that has a set", async () => {
    const feed = nameserverFeed();
    await feed.list("a:1");
    expect(await nameServerArray(feed.poller)).toStrictEqual(["a:1"]);
  });
});

describe("an array that cannot be", () => {
  it.each([
    [["[::1]:1", "[::2]:1"], "[::1]:1, [::2]:1 are IPv6 addresses"],
    [[], "there are none"],
  ])("is refused when the first set is %j, and leaves the feed", async (listed, why) => {
    const feed = nameserverFeed();
    const refused = expect(nameServerArray(feed.poller)).rejects.toMatchObject({
      code: "EMPTY_METADATA",
      message: `[rocketmq] [EMPTY_METADATA] ali-ons can use none of the nameservers: ${why}`,
    });
    await feed.list(...listed);
    await refused;
    expect(feed.polls).toBe(false);
  });

  it("is refused as feed.ready() is: an error that does not pass, a feed that closes or has closed", async () => {
    const cause = new DiscoveryError("UNAUTHENTICATED", "no", { source: "test" });
    const failing = new MetadataPoller<RocketmqNameservers>({ key: "failing", fetch: () => Promise.reject(cause), endpoints: () => [] });
    onTestFinished(() => failing.close());
    await expect(nameServerArray(failing)).rejects.toBe(cause);

    const { poller } = nameserverFeed();
    const closed = expect(nameServerArray(poller)).rejects.toMatchObject({ code: "CLOSED" });
    await poller.close();
    await closed;
    await expect(nameServerArray(poller)).rejects.toMatchObject({ code: "CLOSED" });
  });

  it("is refused on what is no feed", async () => {
    for (const wrong of [undefined, null, {}, ["a:1"]]) {
      await expect(nameServerArray(wrong as unknown as EndpointFeed<RocketmqNameservers>)).rejects.toMatchObject({
        code: "INVALID_OPTIONS",
      });
    }
  });

  it("takes a feed of nameservers only, by its type, and is an array of texts", () => {
    type Feed = Parameters<typeof nameServerArray>[0];
    expectTypeOf<EndpointFeed<RocketmqNameservers>>().toExtend<Feed>();
    expectTypeOf<EndpointFeed<RocketmqBrokers>>().not.toExtend<Feed>();
    expectTypeOf<Awaited<ReturnType<typeof nameServerArray>>>().toExtend<string[] & Disposable & AsyncDisposable>();
  });
});
