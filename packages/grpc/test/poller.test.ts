import * as grpc from "@grpc/grpc-js";
import { DiscoveryError, type Endpoint, MetadataPoller, type MetadataSource } from "@rollcall/core";
import { ManualClock } from "@rollcall/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { grpcTarget } from "../src/index.js";
import { copies } from "./support/copies.js";
import { sceneOfEachTest } from "./support/scene.js";
import { failureOf, roundRobin, type Talk } from "./support/whoami.js";

/** The members a cluster reports; `undefined` while nobody answers. */
class Cluster implements MetadataSource<readonly Endpoint[]> {
  readonly key: string = "memory";
  members: readonly Endpoint[] | undefined;
  fetches = 0;
  probes = 0;
  hangs = false;
  /** Who does not answer probes. */
  readonly deaf = new Set<string>();

  async fetch(): Promise<readonly Endpoint[]> {
    this.fetches += 1;
    if (this.hangs) return new Promise(() => undefined);
    if (this.members === undefined) throw new DiscoveryError("UNAVAILABLE", "none of 3 members answered", { source: "memory" });
    return this.members;
  }

  endpoints(members: readonly Endpoint[]): readonly Endpoint[] {
    return members;
  }

  async probe({ id }: Endpoint): Promise<void> {
    this.probes += 1;
    if (this.deaf.has(id)) throw new DiscoveryError("UNAVAILABLE", `${id} does not serve`, { source: "memory" });
  }
}

describe("a channel on a real poller", () => {
  const scene = sceneOfEachTest();
  let cluster: Cluster;
  let poller: MetadataPoller<readonly Endpoint[]>;

  beforeEach(() => {
    cluster = new Cluster();
    poller = new MetadataPoller(cluster, { intervalMs: 60_000, minIntervalMs: 20 });
  });
  afterEach(() => poller.close());

  it("asks the cluster only when the channel is first used, and finds its member", async () => {
    const a = await scene().server("a");
    cluster.members = [a.endpoint];
    const client = scene().clientAt(grpcTarget(poller), grpc);
    expect(cluster.fetches).toBe(0);
    expect((await client.ask()).by).toBe("a");
    expect(cluster.fetches).toBe(1);
  });

  it("finds a replacement long before the interval ends, because losing the connection is a hint", async () => {
    const [a, b] = [await scene().server("a"), await scene().server("b")];
    cluster.members = [a.endpoint];
    const client = scene().clientAt(grpcTarget(poller), grpc, roundRobin);
    await client.ask();
    cluster.members = [b.endpoint];
    a.stop();
    expect((await client.ask({ waitForReady: true })).by).toBe("b");
    expect(cluster.fetches).toBeLessThan(5);
  });

  it.each([{}, roundRobin])(
    "leaves a member that fails its calls and its probes, with no request at rest before, under %j",
    async (options) => {
      const [a, b] = [await scene().server("a"), await scene().server("b")];
      cluster.members = [a.endpoint, b.endpoint];
      const client = scene().clientAt(grpcTarget(poller), grpc, options);
      const { by } = await client.ask();
      expect([cluster.fetches, cluster.probes]).toEqual([1, 0]);
      const [bad, good] = by === "a" ? [a, b] : [b, a];
      bad.hush();
      cluster.deaf.add(by);
      while ((await client.ask({ timeoutMs: 50 }).catch(() => ({ by }))).by === by || poller.status.aside.length === 0);
      expect(poller.status.aside).toMatchObject([{ id: by, reason: "refused" }]);
      expect(await client.names(10)).toEqual(new Set([good.endpoint.id]));
    },
  );

  it("publishes and asks the cluster nothing new while a member misses every deadline and answers its probes", async () => {
    const [a, b] = [await scene().server("a"), await scene().server("b")];
    cluster.members = [a.endpoint, b.endpoint];
    const client = scene().clientAt(grpcTarget(poller), grpc, roundRobin);
    await client.ask();
    const { snapshot } = poller;
    a.hush();
    let missed = 0; // on a busy machine by the other one, too
    while (a.asked <= 15) await client.ask({ timeoutMs: 20 }).catch(() => void missed++);
    expect(cluster.probes).toBeGreaterThan(1);
    expect(cluster.probes).toBeLessThanOrEqual(2 * missed);
    expect(poller.snapshot).toBe(snapshot);
    expect(cluster.fetches).toBe(1);
  });

  it("fails calls with the poller's error while the cluster is down, and recovers by itself", async () => {
    const a = await scene().server("a");
    const client = scene().clientAt(grpcTarget(poller), grpc);
    const patient = client.ask({ waitForReady: true });
    expect(await failureOf(client.ask())).toEqual({ code: 14, message: expect.stringContaining("none of 3 members answered") });
    cluster.members = [a.endpoint];
    expect((await patient).by).toBe("a");
  });

  it("a call that waits without a deadline hears of it when the poller closes before the first answer", { timeout: 8_000 }, async () => {
    cluster.hangs = true;
    const waiting = failureOf(scene().clientAt(grpcTarget(poller), grpc).ask());
    await expect.poll(() => cluster.fetches).toBe(1);
    await poller.close();
    expect((await waiting).message).toMatch(/the poller has been closed/);
  });

  it('row "removed backend": a subscription of the user cancels what is open on a member that is removed', async () => {
    const [a, b] = [await scene().server("a"), await scene().server("b")];
    cluster.members = [a.endpoint];
    const client = scene().clientAt(grpcTarget(poller), grpc, roundRobin);
    const streams = new Map<string, Talk>();
    poller.subscribe((_snapshot, { removed }) => {
      for (const { id } of removed) streams.get(id)?.cancel();
    });
    const stream = client.talk();
    streams.set((await stream.say()).by, stream);
    cluster.members = [b.endpoint];
    await poller.refresh();
    expect(await stream.ended).toBe(grpc.status.CANCELLED);
    await client.until("b");
  });

  it('row "poller link": serves on with the last set, asking nobody, after close; a new channel hears why it cannot', async () => {
    const a = await scene().server("a");
    cluster.members = [a.endpoint];
    const target = grpcTarget(poller);
    const client = scene().clientAt(target, grpc);
    await client.ask();
    await poller.close();
    expect((await client.ask()).by).toBe("a");
    expect((await failureOf(scene().clientAt(target, grpc).ask())).message).toMatch(/the poller has been closed/);
    expect(cluster.fetches).toBe(1);
  });
});

describe.each(copies)("a channel of grpc-js $version on a poller whose time stands still", ({ grpc: copy }) => {
  const scene = sceneOfEachTest();

  it('row "poller link": the loss of a connection causes one poll, and further ones wait for the floor', async () => {
    const clock = new ManualClock();
    const cluster = new Cluster();
    await using poller = new MetadataPoller(cluster, { clock, intervalMs: 600_000, minIntervalMs: 10_000 });
    const [a, b] = [await scene().server("a"), await scene().server("b")];
    cluster.members = [a.endpoint, b.endpoint];
    const fast = { "grpc.initial_reconnect_backoff_ms": 100, "grpc.max_reconnect_backoff_ms": 100 };
    const client = scene().clientAt(grpcTarget(poller, { grpc: copy }), copy, { ...roundRobin, ...fast });
    const fetches = (): Promise<number> => clock.advance(0).then(() => cluster.fetches);
    const [foundA, foundB] = [client.until("a"), client.until("b")];
    await expect.poll(fetches).toBe(1);
    await Promise.all([foundA, foundB]);
    await clock.advance(10_000);
    expect(cluster.fetches).toBe(1);
    a.stop();
    await expect.poll(fetches).toBe(2);
    // Every attempt to connect again is another hint.
    for (const end = performance.now() + 500; performance.now() < end; await clock.advance(0)) await client.ask();
    expect(cluster.fetches).toBe(2);
    await clock.advance(10_000);
    await expect.poll(fetches).toBe(3);
    await poller.close();
    b.stop();
    await failureOf(client.ask());
    await clock.advance(600_000);
    expect(cluster.fetches).toBe(3);
  });
});
