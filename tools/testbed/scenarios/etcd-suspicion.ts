import { setTimeout as wait } from "node:timers/promises";
import { status } from "@grpc/grpc-js";
import type { MetadataPoller, MetadataSource } from "@rollcall/core";
import { type EtcdMetadata, etcdMembers } from "@rollcall/etcd";
import type { EtcdCluster, EtcdClusterMember } from "@rollcall/etcd/simulator";
import { grpcTarget } from "@rollcall/grpc";
import { expect, it, vi } from "vitest";
import { type KeyValueClient, plainClient } from "../src/index.js";
import { believed, type ClusterOptions, clusterFor, listed, type StartCluster, type Test, urls } from "./etcd-scenario.js";
import { pollerOf } from "./scenario.js";

/** One write in flight, none repeated: what an application loses when nobody helps it. */
const PACE_MS = 50;
const DEADLINE_MS = 2_000;
/** Until the poller asks who is aside again, at the latest, and what a busy machine may add. */
const LONGEST_RECHECK_MS = 10_000;

/** How a call ends at a member that does not serve. */
const NOT_SERVED: readonly unknown[] = [status.DEADLINE_EXCEEDED, status.UNAVAILABLE, status.CANCELLED];

/**
 * Members that fail a client which balances over all of them, and which nobody but its own channel suspects.
 *
 * @param outageMs - for how long a member does not serve
 */
export function suspicionScenarios(startCluster: StartCluster, outageMs: number): void {
  it("12. a follower that freezes is set aside because one write was lost on it, and costs no write from then on", async (test) => {
    await outage(test, { timers: "default" }, "silent", {
      begin: (cluster, member) => cluster.freeze(member),
      end: (cluster, member) => cluster.thaw(member),
    });
  });

  it("13. so is a follower that is cut off from the others, and still answers", async (test) => {
    await outage(test, { timers: "fast" }, "refused", {
      begin: (cluster, member) => cluster.isolate(member),
      end: (cluster, member) => cluster.heal(member),
    });
  });

  async function outage(test: Test, options: ClusterOptions, reason: string, fault: Fault): Promise<void> {
    const cluster = await clusterFor(test, startCluster, options);
    const asked = counted(etcdMembers({ seeds: urls(cluster) }));
    const poller = pollerOf(test, asked.source);
    await poller.ready();
    const channel = plainClient({ target: grpcTarget(poller) });
    test.onTestFinished(() => channel.close());
    expect(await lostDuring(channel, 500)).toEqual([]);
    expect(asked).toMatchObject({ polls: 1, probes: 0 });

    const member = await follower(cluster);
    const asideAt = whenAside(poller, member);
    await fault.begin(cluster, member);
    const lost = await lostDuring(channel, outageMs);
    expect(poller.status.aside).toMatchObject([{ id: member.id, reason }]);
    const since = await asideAt;
    expect(lost.filter(({ at }) => at > since)).toEqual([]);
    // A second one only where it took longer than two other writes to hear what the probes say.
    expect(lost.length).toBeLessThanOrEqual(2);
    // The first poll, one because somebody was set aside, and hints; a suspect and a witness, and again at every recheck.
    expect(asked.polls).toBeLessThan(6);
    expect(asked.probes).toBeLessThan(20);

    await fault.end(cluster, member);
    await vi.waitFor(() => expect(believed(poller)).toBe(listed(...cluster.members)), { timeout: LONGEST_RECHECK_MS });
    expect(await lostDuring(channel, 500)).toEqual([]);
  }
}

interface Fault {
  begin(cluster: EtcdCluster, member: EtcdClusterMember): Promise<void>;
  end(cluster: EtcdCluster, member: EtcdClusterMember): Promise<void>;
}

/** How often a source is asked. */
interface Asked {
  readonly source: MetadataSource<EtcdMetadata>;
  readonly polls: number;
  readonly probes: number;
}

function counted(source: MetadataSource<EtcdMetadata>): Asked {
  const [fetch, probe] = [source.fetch.bind(source), source.probe?.bind(source)];
  const asked = { polls: 0, probes: 0, source };
  Object.assign(source, {
    fetch: (context: Parameters<typeof fetch>[0]) => {
      asked.polls += 1;
      return fetch(context);
    },
    probe: async (...args: Parameters<NonNullable<typeof probe>>) => {
      asked.probes += 1;
      await probe?.(...args);
    },
  });
  return asked;
}

/** When the poller first set a member aside, by `performance.now()`. */
function whenAside(poller: MetadataPoller<EtcdMetadata>, member: EtcdClusterMember): Promise<number> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (poller.snapshot?.aside.some(({ id }) => id === member.id)) resolve(performance.now());
    };
    poller.subscribe(look, { metadata: true });
  });
}

/** A write that was not acknowledged. */
interface Lost {
  /** When it was sent, by `performance.now()`. */
  readonly at: number;
  readonly error: unknown;
}

async function lostDuring(channel: KeyValueClient, ms: number): Promise<readonly Lost[]> {
  const lost: Lost[] = [];
  for (const end = performance.now() + ms; performance.now() < end; await wait(PACE_MS)) {
    const at = performance.now();
    try {
      await channel.put("suspicion", String(at), DEADLINE_MS);
    } catch (error) {
      expect(NOT_SERVED).toContain((error as { readonly code?: unknown }).code);
      lost.push({ at, error });
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
