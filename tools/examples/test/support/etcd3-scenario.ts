import { setTimeout as wait } from "node:timers/promises";
import type { EtcdCluster } from "@rollcall/etcd/simulator";
import { Etcd3, type IEvent } from "etcd3";
import { expect } from "vitest";
import { pollerOn, type Test, urls } from "../../../testbed/scenarios/etcd-scenario.js";
import { LiveEtcd3 } from "../../src/etcd3-client.js";

const PACE_MS = 50;

/** A client that follows a cluster, from one seed, polling each `minIntervalMs` at most. Ends with the test. */
export function follow(test: Test, cluster: EtcdCluster, minIntervalMs = 1_000): LiveEtcd3 {
  const etcd = new LiveEtcd3(pollerOn(test, urls(cluster).slice(0, 1), { intervalMs: 30_000, minIntervalMs }));
  test.onTestFinished(() => etcd[Symbol.asyncDispose]());
  return etcd;
}

/**
 * Replaces every member, one each `stepMs`, while an application reads and writes, one request of each at a time, repeating none; resolves with the keys that it wrote, in order. Beside it, a client with the
 * hosts that were there at first works at first, and then no more.
 */
export async function replaceEverybody(test: Test, cluster: EtcdCluster, prefix: string, stepMs: number): Promise<readonly string[]> {
  const etcd = follow(test, cluster, stepMs / 2);
  const control = new Etcd3({ hosts: [...urls(cluster)], defaultCallOptions: () => ({ deadline: Date.now() + 2_000 }) });
  test.onTestFinished(() => control.close());
  await control.put("control").value("early");
  const first = await etcd.client.ready();

  const load = startLoad(etcd, prefix);
  for (const member of [...cluster.members]) {
    await wait(stepMs);
    await cluster.replace(member);
  }
  await wait(stepMs);
  const { written, failed } = await load.stop();

  expect(failed).toEqual([]);
  expect(written.length).toBeGreaterThan(stepMs / PACE_MS);
  expect(etcd.client.current).not.toBe(first);
  await expect(
    control.put("control").value("late"),
    "hosts that are given once must be lost, else this run proves nothing",
  ).rejects.toThrow();
  return written;
}

interface Load {
  readonly stop: () => Promise<{ readonly written: readonly string[]; readonly failed: readonly unknown[] }>;
}

function startLoad(etcd: LiveEtcd3, prefix: string): Load {
  const written: string[] = [];
  const failed: unknown[] = [];
  let isOver = false;
  const write = async (): Promise<void> => {
    const key = `${prefix}${String(written.length + failed.length).padStart(6, "0")}`;
    await (await etcd.client.ready()).put(key).value("written");
    written.push(key);
  };
  const read = async (): Promise<void> => {
    const key = written.at(-1);
    if (key !== undefined) expect(await (await etcd.client.ready()).get(key)).toBe("written");
  };
  const loop = async (request: () => Promise<void>): Promise<void> => {
    for (; !isOver; await wait(PACE_MS)) await request().catch((error: unknown) => void failed.push(error));
  };
  const running = Promise.all([loop(write), loop(read)]);
  const stop = async () => {
    isOver = true;
    await running;
    return { written, failed };
  };
  return { stop };
}

/** What a watch has told. */
export interface Told {
  readonly events: readonly IEvent[];
  readonly lost: readonly unknown[];
}

/** Watches from now on. */
export async function watchFromNow(etcd: LiveEtcd3, prefix: string): Promise<Told> {
  const events: IEvent[] = [];
  const lost: unknown[] = [];
  const { header } = await (await etcd.client.ready()).getAll().prefix(prefix).exec();
  etcd.watch((client) => client.watch().prefix(prefix), header.revision, {
    events: (news) => void events.push(...news),
    lost: (error) => void lost.push(error),
  });
  return { events, lost };
}
