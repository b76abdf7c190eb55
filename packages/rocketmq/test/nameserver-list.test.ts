import { DiscoveryError, MetadataPoller, type MetadataSource, systemClock } from "@rollcall/core";
import { chaosProxy, settle } from "@rollcall/testkit";
import { describe, expect, it } from "vitest";
import { remotingTransport } from "../src/remoting-transport.js";
import { rocketmqBrokersSource } from "../src/rocketmq-brokers-source.js";
import type { RocketmqNameservers } from "../src/rocketmq-nameservers-metadata.js";
import { simulator } from "./simulator-support.js";
import { broker, frozen, NameserverWorld } from "./support/nameserver-world.js";
import { context, polledBrokers, worldFeed } from "./support/world-stage.js";

const both = [broker("b1"), broker("b2")];

/** What a fetch comes to: addresses, or the error. */
async function outcome(fetch: Promise<{ readonly brokers: readonly { readonly address: string }[] }>): Promise<string> {
  return fetch.then(
    ({ brokers }) => brokers.map(({ address }) => address).join(" "),
    (error: { readonly message: string }) => error.message,
  );
}

describe("a nameserver that is removed from the list", () => {
  it("row 8: is cut off at once, while it is being asked, and is not suspected", async () => {
    const world = new NameserverWorld(["n1", "n2"], both);
    const feed = await worldFeed(world, "n1", "n2");
    const stage = await polledBrokers(world, { nameservers: feed.feed });
    for (const name of ["n1", "n2"]) world.at(name).script = frozen;
    stage.poller.refresh().catch(() => undefined);
    await world.clock.advance(900);
    expect(world.open.size).toBe(2);
    await feed.list("n2");
    expect(world.open.size).toBe(1);
    expect([...feed.suspects]).not.toContain("n1");
  });

  it("row 8: so it is with one that was set aside, and is asked because nobody else answers", async () => {
    const world = new NameserverWorld(["n2"], both);
    world.at("n2").script = frozen;
    const feed = await worldFeed(world, "n1", "n2");
    feed.aside = ["n2"];
    await polledBrokers(world, { nameservers: feed.feed, attemptTimeoutMs: 10_000 });
    await feed.list("n1", "n2");
    expect(world.open.size).toBe(1);
    await feed.list("n1");
    expect(world.open.size).toBe(0);
  });

  it("row 9: says nothing that counts, however late it answers; if that leaves nobody, the new ones are asked in the same poll", async () => {
    const world = new NameserverWorld(["n1", "n2"], [broker("b2")]);
    world.list(["n1"], [broker("old")]);
    const feed = await worldFeed(world, "n1");
    let say = (): void => undefined;
    world.at("n1").script = (request) => new Promise((resolve) => (say = () => resolve(world.at("n1").say(request))));
    const fetched = rocketmqBrokersSource({ nameservers: feed.feed }, world.context).fetch(context());
    await settle();
    await feed.list("n2");
    say();
    expect(await outcome(fetched)).toBe("b2:10911");
    expect(world.asked()).toBe("n1 n2");
  });

  it("row 9: so it is if it has answered already while another is being asked", async () => {
    const world = new NameserverWorld(["n1", "n2"], [broker("b2")]);
    world.list(["n1"], [broker("old")]);
    const feed = await worldFeed(world, "n1", "n2");
    let say = (): void => undefined;
    world.at("n2").script = (request) => new Promise((resolve) => (say = () => resolve(world.at("n2").say(request))));
    const options = { nameservers: feed.feed, hedgeAfterMs: 2_000 };
    const fetched = rocketmqBrokersSource(options, world.context).fetch(context());
    await settle();
    await feed.list("n2");
    say();
    expect(await outcome(fetched)).toBe("b2:10911");
  });

  it("row 9: so it is through a proxy that delays the answer of a real one", async () => {
    const cluster = await simulator({ nameservers: 2, brokers: 1 });
    const [old, next] = cluster.nameservers.map(({ address }) => address);
    const [host = "", port] = (old ?? "").split(":");
    await cluster.announce({ name: "old", topics: { t: 6, u: 6 }, at: cluster.nameservers.slice(0, 1) });
    await using proxy = await chaosProxy({ host, port: Number(port) }, { behaviour: { kind: "delay", ms: 300 } });
    const list = [`${proxy.host}:${proxy.port}`];
    const source: MetadataSource<RocketmqNameservers> = {
      key: "list",
      fetch: async () => ({ kind: "nameservers", nameservers: [...list], origins: [] }),
      endpoints: ({ nameservers }) => {
        return nameservers.map((id) => ({ id, host: "127.0.0.1", port: Number(id.split(":")[1]) }));
      },
    };
    const feed = new MetadataPoller(source, { minIntervalMs: 10, intervalMs: 10_000, guard: () => true });
    await feed.ready();
    const poller = new MetadataPoller(rocketmqBrokersSource({ nameservers: feed }, { transport: remotingTransport, clock: systemClock }), {
      minIntervalMs: 10,
    });
    const first = poller.ready();
    while (proxy.connections === 0) await settle();
    list.splice(0, 1, next ?? "");
    await feed.refresh();
    const { metadata } = await first;
    expect(metadata.brokers.map(({ name }) => name)).toEqual(["broker-a"]);
    while (proxy.connections > 0) await settle(); // the end of the connection is delayed as well
    await Promise.all([poller.close(), feed.close()]);
  });
});

describe("a list that changes", () => {
  it("is asked at once, although the interval is long", async () => {
    const world = new NameserverWorld(["n1", "n2"], [broker("b1")]);
    world.list(["n2"], [broker("b2")]);
    const feed = await worldFeed(world, "n1");
    const stage = await polledBrokers(world, { nameservers: feed.feed, removalGraceMs: 0 }, { guard: () => true });
    expect(stage.view).toBe("b1:10911");
    await world.clock.advance(2_000);
    world.asked();
    await feed.list("n2");
    expect(world.asked()).toBe("n2");
    expect(stage.view).toBe("b2:10911");
  });

  it("causes no poll if it is the one that was asked", async () => {
    const world = new NameserverWorld(["n1"], both);
    const feed = await worldFeed(world, "n1");
    await polledBrokers(world, { nameservers: feed.feed });
    const other = await worldFeed(world);
    other.listed = ["n1"];
    await polledBrokers(world, { nameservers: other.feed }); // whose first set comes while it is waited for
    world.asked();
    await feed.list("n1");
    await world.clock.advance(3_000);
    expect(world.asked()).toBe("");
  });

  it("is held exactly while the source is polled", async () => {
    const world = new NameserverWorld(["n1"], both);
    const feed = await worldFeed(world, "n1");
    const stage = await polledBrokers(world, { nameservers: feed.feed });
    expect(feed.polls).toBe(true);
    const other = await polledBrokers(world, { nameservers: feed.feed });
    await stage.poller.close();
    expect(feed.polls).toBe(true);
    await other.poller.close();
    expect(feed.polls).toBe(false);
  });
});

describe("a list that cannot be had", () => {
  it("fails the poll with the feed's reason, before the poll runs out of time", async () => {
    const world = new NameserverWorld(["n1"], both);
    const feed = await worldFeed(world);
    feed.error = new DiscoveryError("UNAVAILABLE", "the address server answers 503", { source: "test" });
    const fetched = outcome(rocketmqBrokersSource({ nameservers: feed.feed }, world.context).fetch(context({ timeoutMs: 10_000 })));
    await world.clock.advance(5_000);
    expect(await fetched).toBe(
      "[rocketmq] [UNAVAILABLE] no list of nameservers is known: [test] [UNAVAILABLE] the address server answers 503",
    );
    expect(world.open.size).toBe(0);
  });

  it("fails it at once, and finally, if the reason is final", async () => {
    const world = new NameserverWorld(["n1"], both);
    const feed = await worldFeed(world);
    feed.error = new DiscoveryError("UNAUTHENTICATED", "wrong password", { source: "test" });
    const fetched = outcome(rocketmqBrokersSource({ nameservers: feed.feed }, world.context).fetch(context({ timeoutMs: 10_000 })));
    await world.clock.advance(0);
    expect(await fetched).toMatch(/^\[rocketmq\] \[UNAUTHENTICATED\] no list of nameservers is known: .*wrong password/);
  });

  it("is polled again as soon as it can be had", async () => {
    const world = new NameserverWorld(["n1"], both);
    const feed = await worldFeed(world);
    feed.error = new DiscoveryError("UNAVAILABLE", "not yet", { source: "test" });
    const stage = await polledBrokers(world, { nameservers: feed.feed });
    await world.clock.advance(100_000);
    feed.error = undefined;
    await feed.list("n1");
    await world.clock.advance(1_000);
    expect(stage.view).toBe("b1:10911 b2:10911");
  });

  it("says so if the feed is closed, with or without a set", async () => {
    const world = new NameserverWorld(["n1"], both);
    for (const names of [[], ["n1"]]) {
      const feed = await worldFeed(world, ...names);
      const stage = await polledBrokers(world, { nameservers: feed.feed });
      await feed.poller.close();
      expect(await stage.poll(10_000)).toBe("CLOSED");
      expect(stage.poller.status.error?.message).toMatch(/the feed of nameservers is closed.*make a new poller/);
      const source = rocketmqBrokersSource({ nameservers: feed.feed }, world.context);
      expect(await outcome(source.fetch(context()))).toMatch(/\[CLOSED\] the feed of nameservers is closed/);
    }
  });

  it("says so if nobody is listed", async () => {
    const world = new NameserverWorld([], both);
    const feed = await worldFeed(world);
    const empty = {
      ...feed.feed,
      snapshot: {
        version: 1,
        endpoints: [],
        aside: [],
        metadata: { kind: "nameservers" as const, nameservers: [], origins: [] },
        changedAt: 0,
      },
    };
    expect(await outcome(rocketmqBrokersSource({ nameservers: empty }, world.context).fetch(context()))).toMatch(
      /\[EMPTY_METADATA\] the feed of nameservers lists nobody/,
    );
  });
});

describe("a list that is given", () => {
  it("is polled by the source itself, which asks whether they serve, as long as it is polled", async () => {
    const world = new NameserverWorld(["n1", "n2"], both);
    const stage = await polledBrokers(world, { nameservers: ["n1", "n2:9876"] });
    world.at("n2").script = frozen;
    await world.clock.advance(70_000); // a sweep of probes has set n2 aside
    world.asked();
    expect(await stage.poll(0)).toBe(undefined);
    expect(stage.view).toBe("b1:10911 b2:10911");
    await stage.poller.close();
    world.asked();
    await world.clock.advance(200_000);
    expect(world.asked()).toBe("");
    expect(world.clock.pending).toBe(0);
  });

  it("those that do not serve are asked only if nobody else answers", async () => {
    const world = new NameserverWorld(["n1", "n2"], both);
    const stage = await polledBrokers(world, { nameservers: ["n1", "n2"] });
    // It answers the poll, but would not pass a probe.
    world.at("n2").script = ({ code, fields }) =>
      fields?.["topic"] === "TBW102" ? { code: 1, remark: "name server not ready" } : world.at("n2").say({ code, fields });
    await world.clock.advance(70_000);
    const between = world.asked();
    expect(between).toContain("n1");
    await stage.poll(1_000);
    world.listening.delete("n1:9876");
    world.asked();
    expect(await stage.poll(1_000)).toBe(undefined);
    expect(world.asked()).toMatch(/n1.*n2/);
    expect(stage.view).toBe("b1:10911 b2:10911");
  });
});
