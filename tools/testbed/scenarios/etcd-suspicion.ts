import { setTimeout as wait } from "node:timers/promises";
import { status } from "@grpc/grpc-js";
import type { Endpoint, MetadataPoller } from "@rollcall/core";
import { type EtcdMetadata, etcdMembers } from "@rollcall/etcd";
import type { EtcdCluster, EtcdClusterMember } from "@rollcall/etcd/simulator";
import { grpcTarget } from "@rollcall/grpc";
import { chaosProxy } from "@rollcall/testkit";
import { expect, it, vi } from "vitest";
import { type KeyValueClient, plainClient } from "../src/index.js";
import { believed, clusterFor, listed, type StartCluster, type Test, urls } from "./etcd-scenario.js";
import { AskedSource } from "./etcd-suspicion-delays.js";
import { lasting, pollerOf } from "./scenario.js";

/** One write in flight, none repeated, the next one at its time or at once if that is past: what an application loses when nobody helps it. */
const PACE_MS = 50;
const DEADLINE_MS = 2_000;
/** A suspect is given so much silence, and once more if this process stood still meanwhile; the rest is reading and timers. */
const PATIENCE_MS = 100;
const OVERHEAD_MS = 30;
/** So long a channel keeps away from a member that has just failed it. */
const DOUBT_MS = 300;
/** What a slow member adds to each message: a call takes twice that, and a probe, which has to dial, four times. */
const SLOW_MS = 45;
const SHORT_DEADLINE_MS = 60;
/** Until the poller asks who is aside again, at the latest, and what a busy machine may add. */
const LONGEST_RECHECK_MS = 10_000;

/** How a call ends at a member that does not serve. */
const NOT_SERVED: readonly unknown[] = [status.DEADLINE_EXCEEDED, status.UNAVAILABLE, status.CANCELLED];

/**
 * Members that fail a client which balances over all of them, and which nobody but its own channel suspects.
 *
 * @param outageMs - for how long a member does not serve, or is slow
 */
export function suspicionScenarios(startCluster: StartCluster, outageMs: number): void {
  it("12. a follower that freezes is set aside because one write was lost on it, and costs no write from then on", async (test) => {
    const cluster = await clusterFor(test, startCluster, { timers: "default" });
    await outage(test, cluster, outageMs, "silent", {
      begin: (cluster, member) => cluster.freeze(member),
      end: (cluster, member) => cluster.thaw(member),
    });
  });

  it("13. so is a follower that is cut off from the others, and still answers", async (test) => {
    const cluster = await clusterFor(test, startCluster, { timers: "fast" });
    await outage(test, cluster, outageMs, "refused", partition);
  });

  it("15. a member that misses every short deadline, but says in time that it serves, is set aside once in sixty floors at most", async (test) => {
    const cluster = await clusterFor(test, startCluster, { timers: "default" });
    const member = await follower(cluster);
    const { hostname, port } = new URL(member.clientUrl);
    const slow = await lasting(test, chaosProxy({ host: hostname, port: Number(port) }, { behaviour: { kind: "delay", ms: SLOW_MS } }));
    const asked = new AskedSource(test, etcdMembers({ seeds: urls(cluster) }));
    const mapEndpoint = (endpoint: Endpoint): Endpoint => (endpoint.id === member.id ? { ...endpoint, port: slow.port } : endpoint);
    const poller = pollerOf(test, asked.source, { mapEndpoint, minIntervalMs: outageMs / 60 });
    const moves = movesOf(poller, member);
    const channel = plainClient({ target: grpcTarget(poller) });
    test.onTestFinished(() => channel.close());
    const lost = await lostDuring(channel, outageMs, { paceMs: 10, deadlineMs: SHORT_DEADLINE_MS });
    expect(lost.length).toBeGreaterThan(10);
    expect(moves.length).toBeLessThanOrEqual(2);
    // Pauses of 1, 2, 4, 8, 8 … floors make ten questions. It would be twice as many, or more, if they grew no longer.
    const questions = asked.probed.filter((id) => id === member.id).length;
    expect(questions).toBeGreaterThan(3);
    expect(questions).toBeLessThan(15);
    expect(asked.polls).toBeLessThan(6);
  });
}

/** The same with elections that take as long as they do by default, where they take time at all. */
export function electionScenario(startCluster: StartCluster, outageMs: number): void {
  it("14. a follower that is cut off is set aside as well when elections take their usual time", async (test) => {
    const cluster = await clusterFor(test, startCluster, { timers: "default", isolatable: true });
    await outage(test, cluster, outageMs, "refused", partition);
  });
}

async function outage(test: Test, cluster: EtcdCluster, outageMs: number, reason: string, fault: Fault): Promise<void> {
  const asked = new AskedSource(test, etcdMembers({ seeds: urls(cluster) }));
  const poller = pollerOf(test, asked.source);
  await poller.ready();
  const channel = plainClient({ target: grpcTarget(poller) });
  test.onTestFinished(() => channel.close());
  expect(await lostDuring(channel, 500)).toEqual([]);
  expect(asked).toMatchObject({ polls: 1, probed: [] });

  const member = await follower(cluster);
  const moves = movesOf(poller, member);
  await fault.begin(cluster, member);
  const lost = await lostDuring(channel, outageMs);
  expect(poller.status.aside).toMatchObject([{ id: member.id, reason }]);
  const [since = Number.NaN] = moves;
  expect(moves.length).toBe(1);
  expect(lost.filter(({ at }) => at > since)).toEqual([]);
  expectOne(lost, since, asked);
  // The first poll, one because somebody was set aside, and hints; a suspect and a witness, and again at every recheck.
  expect(asked.polls).toBeLessThan(6);
  expect(asked.probed.length).toBeLessThan(20);

  await fault.end(cluster, member);
  await vi.waitFor(() => expect(believed(poller)).toBe(listed(...cluster.members)), { timeout: LONGEST_RECHECK_MS });
  expect(await lostDuring(channel, 500)).toEqual([]);
}

interface Fault {
  begin(cluster: EtcdCluster, member: EtcdClusterMember): Promise<void>;
  end(cluster: EtcdCluster, member: EtcdClusterMember): Promise<void>;
}

const partition: Fault = {
  begin: (cluster, member) => cluster.isolate(member),
  end: (cluster, member) => cluster.heal(member),
};

/**
 * One write is lost: until the member is set aside the channel keeps away from it. That may take longer, but only by as much as this
 * process stood still, and one of the others took to answer; then another write may be lost, too.
 */
function expectOne(lost: readonly Lost[], since: number, asked: AskedSource): void {
  const heardAt = lost[0]?.endedAt ?? since;
  const stoodStillMs = asked.stoodStill(heardAt, since);
  const patienceMs = stoodStillMs > OVERHEAD_MS ? 2 * PATIENCE_MS : PATIENCE_MS;
  expect(since - heardAt).toBeLessThan(patienceMs + OVERHEAD_MS + stoodStillMs + asked.slowestAnswer(heardAt, since));
  expect(lost.length).toBeLessThanOrEqual(since - heardAt < DOUBT_MS ? 1 : 2);
}

/** When a poller set a member aside, brought it back and so on, by `performance.now()`. */
function movesOf(poller: MetadataPoller<EtcdMetadata>, member: EtcdClusterMember): readonly number[] {
  const moves: number[] = [];
  poller.subscribe(
    ({ aside }) => {
      if (aside.some(({ id }) => id === member.id) === (moves.length % 2 === 0)) moves.push(performance.now());
    },
    { metadata: true },
  );
  return moves;
}

/** A write that was not acknowledged. */
interface Lost {
  /** When it was sent, by `performance.now()`. */
  readonly at: number;
  readonly endedAt: number;
  readonly error: unknown;
}

async function lostDuring(
  channel: KeyValueClient,
  ms: number,
  { paceMs = PACE_MS, deadlineMs = DEADLINE_MS } = {},
): Promise<readonly Lost[]> {
  const lost: Lost[] = [];
  const end = performance.now() + ms;
  for (let next = performance.now(); next < end; next = Math.max(next + paceMs, performance.now())) {
    await wait(next - performance.now());
    const at = performance.now();
    try {
      await channel.put("suspicion", String(at), deadlineMs);
    } catch (error) {
      expect(NOT_SERVED).toContain((error as { readonly code?: unknown }).code);
      lost.push({ at, endedAt: performance.now(), error });
    }
  }
  return lost;
}

async function follower(cluster: EtcdCluster): Promise<EtcdClusterMember> {
  const leader = await cluster.leader();
  const found = cluster.members.find(({ id }) => id !== leader.id);
  if (found === undefined) throw new Error("the cluster has no follower");
  return found;
}
