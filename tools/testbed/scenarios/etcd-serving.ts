import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import { MetadataPoller } from "@rollcall/core";
import { type EtcdMetadata, etcdMembers } from "@rollcall/etcd";
import type { EtcdCluster, EtcdClusterMember } from "@rollcall/etcd/simulator";
import { grpcTarget } from "@rollcall/grpc";
import { expect, it, vi } from "vitest";
import { type KeyValueClient, MemberWriter, plainClient } from "../src/index.js";
import { believed, clusterFor, listed, pollerOn, type StartCluster, type Test, urls } from "./etcd-scenario.js";
import { newcomersDoor } from "./newcomers-door.js";

/** The poller's defaults: how long a probe may take, and how long until the next one of a member that is aside, doubling three times. */
const PROBE = { timeoutMs: 500, recheckMs: 1_000 };
const LONGEST_RECHECK_MS = 8 * PROBE.recheckMs * 1.1 + PROBE.timeoutMs;
/** What a busy machine may add to it. */
const SLACK_MS = 500;

/** For how long members do not serve, in milliseconds: `frozenMs` one that froze, `joiningMs` one that joins. */
export interface Outages {
  readonly frozenMs: number;
  readonly joiningMs: number;
}

/** Members that are listed and do not serve. Measures how soon that is noticed: nothing else should run meanwhile. */
export function servingScenarios(startCluster: StartCluster, { frozenMs, joiningMs }: Outages): void {
  it("9. a follower that freezes is not used once a client has suspected it and a probe stayed silent, and is again when it answers", async (test) => {
    const cluster = await clusterFor(test, startCluster, { timers: "default" });
    const poller = pollerOn(test, urls(cluster), { probe: PROBE });
    const seen = watched(poller);
    const { endpoints } = await poller.ready();
    const writer = writerOn(test, poller);
    const frozen = await follower(cluster);
    // A suspicion soon after another one is only followed up when the poller's minIntervalMs is over.
    await vi.waitFor(() => expect(writer.calmMs).toBeGreaterThan(2_000), { timeout: 20_000 });

    await cluster.freeze(frozen);
    const heldUp = monitorEventLoopDelay();
    heldUp.enable();
    const suspectedAt = performance.now();
    for (const endpoint of endpoints) if (endpoint.id === frozen.id) poller.suspect(endpoint);
    await vi.waitFor(() => expect(poller.snapshot?.aside.map(({ id }) => id)).toEqual([frozen.id]), { timeout: 5_000, interval: 5 });
    const asideAt = seen.find(({ at, aside }) => at > suspectedAt && aside.includes(frozen.id))?.at ?? Number.NaN;
    heldUp.disable();
    expect(asideAt - suspectedAt).toBeLessThan(PROBE.timeoutMs + 100 + Math.min(heldUp.max / 1e6, SLACK_MS));

    await writeOver(channelOn(test, poller), suspectedAt + frozenMs);
    const thawedAt = performance.now();
    await cluster.thaw(frozen);
    await vi.waitFor(() => expect(believed(poller)).toBe(listed(...cluster.members)), { timeout: LONGEST_RECHECK_MS + SLACK_MS });
    const usedAt = performance.now();
    await vi.waitFor(() => expect(writer.acknowledged(frozen, usedAt)).toBe(true), { timeout: 5_000 });

    expect(writer.requestsTo(frozen).filter(({ at }) => at > asideAt && at < thawedAt)).toEqual([]);
    expect(seen.filter(({ at, used }) => at > asideAt && at < thawedAt && used.includes(frozen.id))).toEqual([]);
    expect(new Set(seen.flatMap(({ aside }) => aside))).toEqual(new Set([frozen.id]));
  });

  it("10. a joining member that is listed before it serves is not used, and no client connects to it, until it does", async (test) => {
    const cluster = await clusterFor(test, startCluster, { timers: "default" });
    const door = await newcomersDoor(test, cluster);
    const source = door.before(etcdMembers({ seeds: urls(cluster) }));
    const poller = new MetadataPoller(source, { intervalMs: 500, minIntervalMs: 100, probe: { ...PROBE, recheckMs: 100 } });
    test.onTestFinished(() => poller.close());
    const seen = watched(poller);
    await poller.ready();
    const writer = writerOn(test, poller);
    const channel = channelOn(test, poller);

    const joining = await cluster.growSilent();
    const why = (): string | undefined => poller.status.aside.find(({ id }) => id === joining.id)?.reason;
    await vi.waitFor(() => expect(why()).toBe("silent"), { timeout: 5_000 });
    await writeOver(channel, performance.now() + joiningMs);
    expect(door.clients).toBe(0);
    const thawedAt = performance.now();
    await cluster.thaw(joining);
    await vi.waitFor(() => expect(writer.acknowledged(joining)).toBe(true), { timeout: 5_000 });
    // The writer and the channel: both would have been seen.
    await vi.waitFor(() => expect(door.clients).toBeGreaterThanOrEqual(2), { timeout: 5_000 });

    expect(seen.some(({ aside }) => aside.includes(joining.id))).toBe(true);
    expect(seen.filter(({ at, used }) => at < thawedAt && used.includes(joining.id))).toEqual([]);
  });

  it("11, row 22: with authentication on, a member that is cut off does not serve; the others do", async (test) => {
    const password = "right";
    const cluster = await clusterFor(test, startCluster, { timers: "fast", password });
    const auth = { username: "root", password };
    const poller = pollerOn(test, urls(cluster), { auth, minIntervalMs: 10, probe: { ...PROBE, recheckMs: 50 } });
    const seen = watched(poller);
    const { endpoints } = await poller.ready();
    const cutOff = await follower(cluster);
    await cluster.isolate(cutOff);
    for (const endpoint of endpoints) poller.suspect(endpoint);
    await vi.waitFor(() => expect(poller.status.aside).toMatchObject([{ id: cutOff.id, reason: "refused" }]), { timeout: 5_000 });
    expect(String(poller.status.aside[0]?.error)).toContain("no leader");
    await cluster.heal(cutOff);
    await vi.waitFor(() => expect(believed(poller)).toBe(listed(...cluster.members)), { timeout: 5_000 });
    expect(new Set(seen.flatMap(({ aside }) => aside))).toEqual(new Set([cutOff.id]));
  });
}

/** What a poller published, in order, by ids. */
interface Seen {
  readonly at: number;
  readonly used: readonly string[];
  readonly aside: readonly string[];
}

function watched(poller: MetadataPoller<EtcdMetadata>): readonly Seen[] {
  const seen: Seen[] = [];
  const ids = (endpoints: readonly { readonly id: string }[]): readonly string[] => endpoints.map(({ id }) => id);
  poller.subscribe(({ endpoints, aside }) => seen.push({ at: performance.now(), used: ids(endpoints), aside: ids(aside) }), {
    metadata: true,
  });
  return seen;
}

function writerOn(test: Test, poller: MetadataPoller<EtcdMetadata>): MemberWriter {
  const writer = new MemberWriter(poller);
  test.onTestFinished(() => writer.stop());
  writer.start();
  return writer;
}

/** A client that balances over everybody whom the poller says to use. */
function channelOn(test: Test, poller: MetadataPoller<EtcdMetadata>): KeyValueClient {
  const channel = plainClient({ target: grpcTarget(poller) });
  test.onTestFinished(() => channel.close());
  return channel;
}

/** Writes until `end`, by `performance.now()`. Rejects when a write is not acknowledged within its deadline. */
async function writeOver(channel: KeyValueClient, end: number): Promise<void> {
  do {
    await channel.put("serving/channel", "while one does not serve", 5_000);
    await wait(100);
  } while (performance.now() < end);
}

async function follower(cluster: EtcdCluster): Promise<EtcdClusterMember> {
  const leader = await cluster.leader();
  const found = cluster.members.find(({ id }) => id !== leader.id);
  if (found === undefined) throw new Error("the cluster has no follower");
  return found;
}
