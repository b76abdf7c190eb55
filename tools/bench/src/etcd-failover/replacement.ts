import { setTimeout as wait } from "node:timers/promises";
import type { EtcdCluster } from "@rollcall/etcd/simulator";
import type { Contender } from "./contenders.js";
import type { Account, History } from "./history.js";
import { calmBeforeMs, type Pace } from "./pace.js";
import { addressOf, Stage } from "./stage.js";

/** How a contender came through one replacement of all members. */
export interface ReplacementRun {
  /** How long the replacement took, in milliseconds. */
  readonly tookMs: number;
  /** Of the client that wrote all the time. */
  readonly busy: Account;
  /** How long after a new member served the busy client first used it, the slowest of three, in milliseconds; undefined: one was never used. */
  readonly usedAfterMs: number | undefined;
  /** Of the client that wrote nothing meanwhile, from when it writes again. */
  readonly idle: Account;
}

/** A new member and when it served, in milliseconds since the epoch. */
export interface Newcomer {
  readonly address: string;
  readonly servingAt: number;
}

/**
 * Fresh clients live through the replacement of every member by one on new ports. Resolves with how each came through.
 *
 * @param round - counted from 1
 */
export async function replacement(
  cluster: EtcdCluster,
  contenders: readonly Contender[],
  pace: Pace,
  round: number,
): Promise<ReadonlyMap<Contender, ReplacementRun>> {
  await using stage = await Stage.on(cluster, contenders, pace);
  const from = Date.now();
  await wait(calmBeforeMs(round, pace));
  const beganAt = Date.now();
  const newcomers: Newcomer[] = [];
  for (const member of cluster.members) newcomers.push(await replace(cluster, member));
  const tookMs = Date.now() - beganAt;
  await wait(pace.calmMs);
  const wokenAt = Date.now();
  for (const { idle } of stage.cast) idle.write();
  await wait(pace.watchMs);
  const to = Date.now();
  const runs = stage.cast.map(({ contender, busy, idle }): readonly [Contender, ReplacementRun] => {
    const accounts = { busy: busy.history.account(from, to), idle: idle.history.account(wokenAt, to) };
    return [contender, { tookMs, ...accounts, usedAfterMs: usedAfter(busy.history, newcomers) }];
  });
  return new Map(runs);
}

/** How long after a new member served a client first used it, the slowest of them, in milliseconds; undefined: one was never used. */
export function usedAfter(history: Pick<History, "firstOn">, newcomers: readonly Newcomer[]): number | undefined {
  const after = newcomers.map(({ address, servingAt }) => (history.firstOn(address) ?? Number.POSITIVE_INFINITY) - servingAt);
  // We learn a moment later that it serves than the member itself.
  const slowest = Math.max(0, ...after);
  return Number.isFinite(slowest) ? slowest : undefined;
}

/** As `cluster.replace`, watched. */
async function replace(cluster: EtcdCluster, member: EtcdCluster["members"][number]): Promise<Newcomer> {
  const successor = await cluster.grow({ learner: true });
  await cluster.promote(successor);
  const servingAt = Date.now();
  await cluster.remove(member);
  return { address: addressOf(successor), servingAt };
}
