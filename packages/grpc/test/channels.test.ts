import { connectivityState } from "@grpc/grpc-js";
import { describe, expect, it, vi } from "vitest";
import { copies, observed } from "./support/copies.js";
import { sceneOfEachTest } from "./support/scene.js";
import { failureOf, roundRobin } from "./support/whoami.js";

/** Nothing listens on the port of a server that has stopped. */
const fastBackoff = { "grpc.initial_reconnect_backoff_ms": 100, "grpc.max_reconnect_backoff_ms": 100 };

describe.each(copies)("a channel of grpc-js $version", ({ grpc }) => {
  const scene = sceneOfEachTest();

  it.each(["127.0.0.1", "localhost", "::1"])("reaches a member at %s", async (host) => {
    const { feed, server, client } = bound();
    const a = await server("a", { host });
    feed.set([a.endpoint]);
    expect((await client(grpc).ask()).by).toBe("a");
  });

  it('row "both listener forms": lets calls wait for the first snapshot, and moves new calls when the set changes', async () => {
    const { feed, server, client } = bound();
    const [a, b] = [await server("a"), await server("b")];
    const channel = client(grpc);
    const first = channel.ask();
    feed.set([a.endpoint]);
    expect((await first).by).toBe("a");
    feed.set([b.endpoint]);
    await channel.until("b");
    expect(await channel.names(5)).toEqual(new Set(["b"]));
  });

  it('row "bounded updateResolution": asks and is told a bounded number of times with one member up and one down', async () => {
    const { feed, server, client } = bound();
    const [up, down] = [await server("up"), await server("down")];
    down.stop();
    const { grpc: through, traffic } = observed(grpc);
    feed.set([up.endpoint, down.endpoint]);
    const channel = client(grpc, { ...roundRobin, ...fastBackoff }, through);
    const end = Date.now() + 500;
    let turns = 0;
    while (Date.now() < end || turns < 20) {
      expect((await channel.ask()).by).toBe("up");
      turns += 1;
    }
    expect(traffic.lists).toEqual([2]);
    expect(traffic.asked).toBeLessThan(50);
    expect(feed.refreshes).toBe(traffic.asked - 1);
  });

  it('row "unchanged poll": opens no new connection, and is told nothing, when polls bring equal data', async () => {
    const { feed, server, client } = bound();
    const a = await server("a");
    const { grpc: through, traffic } = observed(grpc);
    feed.set([a.endpoint]);
    const channel = client(grpc, roundRobin, through);
    const { from } = await channel.ask();
    for (let i = 0; i < 20; i++) {
      feed.set([{ ...a.endpoint, attributes: { zone: String(i) } }]);
      expect((await channel.ask()).from).toBe(from);
    }
    expect(traffic.lists).toEqual([1]);
  });

  it('row "attributes": keeps the connections of members that stay when it is told another set', async () => {
    const { feed, server, client } = bound();
    const [a, b] = [await server("a"), await server("b")];
    feed.set([a.endpoint]);
    const channel = client(grpc, roundRobin);
    const { from } = await channel.ask();
    feed.set([a.endpoint, b.endpoint]);
    await channel.until("b");
    const ports = new Map<string, Set<string>>();
    for (let i = 0; i < 6; i++) {
      const answered = await channel.ask();
      ports.set(answered.by, (ports.get(answered.by) ?? new Set()).add(answered.from));
    }
    expect([...ports.keys()].sort()).toEqual(["a", "b"]);
    expect(ports.get("a")).toEqual(new Set([from]));
  });

  it('row "no [], first error": is never told an empty list, and goes on with the members it has', async () => {
    const { feed, server, client } = bound();
    const a = await server("a");
    const { grpc: through, traffic } = observed(grpc);
    feed.set([a.endpoint]);
    const channel = client(grpc, roundRobin, through);
    await channel.ask();
    feed.set([]);
    expect(await channel.names(5)).toEqual(new Set(["a"]));
    expect(traffic).toMatchObject({ lists: [1], errors: 0 });
  });

  it('row "no [], first error": fails calls with the error of the poll while nothing is known, and recovers', async () => {
    const { feed, server, client } = bound();
    const a = await server("a");
    const { grpc: through, traffic } = observed(grpc);
    const channel = client(grpc, fastBackoff, through);
    const first = failureOf(channel.ask());
    const patient = channel.ask({ waitForReady: true });
    feed.fail("none of 3 candidates answered");
    const told = {
      code: 14,
      message: expect.stringContaining("no endpoint is known yet: [fake] [UNAVAILABLE] none of 3 candidates answered"),
    };
    expect(await first).toEqual(told);
    // Longer than grpc-js' own backoff, after which 1.12 and 1.13 forget the error.
    const end = Date.now() + 400;
    let calls = 0;
    while (Date.now() < end) {
      expect(await failureOf(channel.ask())).toEqual(told);
      calls += 1;
    }
    expect(traffic.asked).toBeLessThan(2 * calls + 20);
    feed.set([a.endpoint]);
    expect((await patient).by).toBe("a");
    expect(await channel.names(3)).toEqual(new Set(["a"]));
  });

  it('row "idle and back": reaches a new member with its first call after every one was replaced', async () => {
    const { feed, server, client } = bound();
    const [before, after] = [await server("before"), await server("after")];
    feed.set([before.endpoint]);
    const channel = client(grpc, { ...roundRobin, "grpc.client_idle_timeout_ms": 1_000 });
    await channel.ask();
    await channel.left(connectivityState.READY);
    expect(channel.channel.getConnectivityState(false)).toBe(connectivityState.IDLE);
    before.stop();
    feed.set([after.endpoint]);
    expect((await channel.ask()).by).toBe("after");
    expect([feed.subscriptions, feed.sinks.size]).toEqual([1, 1]);
  });

  it('row "removed backend": keeps an open stream on it, while new calls go elsewhere', async () => {
    const { feed, server, client } = bound();
    const [a, b] = [await server("a"), await server("b")];
    feed.set([a.endpoint]);
    const channel = client(grpc, roundRobin);
    const stream = channel.talk();
    expect((await stream.say()).by).toBe("a");
    feed.set([b.endpoint]);
    await channel.until("b");
    expect([(await stream.say()).by, (await channel.ask()).by]).toEqual(["a", "b"]);
    stream.end();
  });

  it("hints to the poller when its member dies", async () => {
    const { feed, server, client } = bound();
    const a = await server("a");
    feed.set([a.endpoint]);
    const channel = client(grpc);
    await channel.ask();
    a.stop();
    await channel.left(connectivityState.READY);
    await failureOf(channel.ask());
    expect(feed.refreshes).toBeGreaterThan(0);
  });

  it("shares one subscription with all others on the feed, which also outlives them", async () => {
    const { feed, server, client } = bound();
    const a = await server("a");
    feed.set([a.endpoint]);
    const channels = Array.from({ length: 10 }, () => client(grpc));
    expect(feed.subscriptions).toBe(0);
    await Promise.all(channels.map((channel) => channel.ask()));
    for (const channel of channels) channel.close();
    expect([feed.subscriptions, feed.sinks.size]).toEqual([1, 1]);
  });

  it("says that the poller has been closed", async () => {
    const { feed, client } = bound();
    const channel = client(grpc);
    feed.close();
    expect(await failureOf(channel.ask())).toEqual({ code: 14, message: expect.stringContaining("the poller has been closed") });
  });

  it("is not sent to an http proxy named in the environment", async () => {
    const { feed, server, client } = bound();
    const a = await server("a");
    feed.set([a.endpoint]);
    vi.stubEnv("http_proxy", "http://127.0.0.1:1");
    try {
      expect((await client(grpc).ask()).by).toBe("a");
    } finally {
      vi.unstubAllEnvs();
    }
  });

  function bound() {
    const now = scene();
    return { feed: now.feed, server: now.server.bind(now), client: now.client.bind(now) };
  }
});
