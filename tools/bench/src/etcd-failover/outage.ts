import { setTimeout as wait } from "node:timers/promises";
import type { EtcdCluster } from "@rollcall/etcd/simulator";
import type { Contender } from "./contenders.js";
import type { Account } from "./history.js";
import type { Pace } from "./pace.js";
import { Stage } from "./stage.js";

/** What happens to one follower, for a while. */
export interface Fault {
  readonly name: string;
  readonly begin: (cluster: EtcdCluster, member: EtcdCluster["members"][number]) => Promise<void>;
  readonly end: (cluster: EtcdCluster, member: EtcdCluster["members"][number]) => Promise<void>;
}

/** How a contender came through an outage. */
export interface OutageRun {
  readonly busy: Account;
  /** Of the client that begins to write in the middle of it, from then on. */
  readonly idle: Account;
}

export const FREEZE: Fault = {
  name: "frozen",
  begin: (cluster, member) => cluster.freeze(member),
  end: (cluster, member) => cluster.thaw(member),
};

export const PARTITION: Fault = {
  name: "partitioned",
  begin: (cluster, member) => cluster.isolate(member),
  end: (cluster, member) => cluster.heal(member),
};

/** Fresh clients live through the outage of a follower. Resolves with how each came through. */
export async function outage(
  fault: Fault,
  cluster: EtcdCluster,
  contenders: readonly Contender[],
  pace: Pace,
): Promise<ReadonlyMap<Contender, OutageRun>> {
  await using stage = await Stage.on(cluster, contenders, pace);
  const member = await follower(cluster);
  const from = Date.now();
  await wait(pace.calmMs);
  const downAt = Date.now();
  await fault.begin(cluster, member);
  await waitUntil(downAt + pace.outageMs / 2);
  const wokenAt = Date.now();
  for (const { idle } of stage.cast) idle.write();
  await waitUntil(downAt + pace.outageMs);
  await fault.end(cluster, member);
  await wait(pace.calmMs);
  const to = Date.now();
  const runs = stage.cast.map(({ contender, busy, idle }): readonly [Contender, OutageRun] => {
    return [contender, { busy: busy.history.account(from, to), idle: idle.history.account(wokenAt, to) }];
  });
  return new Map(runs);
}

async function follower(cluster: EtcdCluster): Promise<EtcdCluster["members"][number]> {
  const leader = await cluster.leader();
  const found = cluster.members.find(({ id }) => id !== leader.id);
  if (found === undefined) throw new Error("the cluster has no follower");
  return found;
}

async function waitUntil(time: number): Promise<void> {
  await wait(Math.max(0, time - Date.now()));
}
