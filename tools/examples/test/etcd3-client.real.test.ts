import { setTimeout as wait } from "node:timers/promises";
import type { EtcdCluster } from "@rollcall/etcd/simulator";
import { requireEtcd } from "@rollcall/testbed";
import { describe, expect, type TestContext, test, vi } from "vitest";
import { clusterFor } from "../../testbed/scenarios/etcd-scenario.js";
import { startReal } from "../../testbed/test/support/start-cluster.js";
import type { LiveEtcd3 } from "../src/etcd3-client.js";
import { follow, replaceEverybody, type Told, watchFromNow } from "./support/etcd3-scenario.js";
import { expectEvery } from "./support/every-event.js";

const etcd = await requireEtcd("3.7.3");
const startCluster = startReal(etcd);
/** Between two replacements; an operator takes longer. */
const STEP_MS = 2_000;
/** The shortest that etcd grants with its default timers. */
const LEASE_S = 2;

describe.skipIf("reason" in etcd)("[etcd 3.7.3] example: the npm client etcd3", { timeout: 120_000 }, () => {
  test("requests, watches and leases go on while every member is replaced, after which static hosts are lost", async (test) => {
    const cluster = await start(test, "default");
    const etcd = follow(test, cluster);
    const told = await watchFromNow(etcd, "load/");
    const { lease, lost } = await leased(etcd, "load/leased", LEASE_S);
    const began = Date.now();

    const written = await replaceEverybody(test, cluster, "load/", STEP_MS);

    expect(Date.now() - began).toBeGreaterThan(3 * LEASE_S * 1_000);
    const { kvs } = await (await etcd.client.ready()).getAll().prefix("load/").exec();
    expect(kvs.map(({ key }) => String(key))).toEqual([...written, "load/leased"]);
    expect(kvs.at(-1)?.lease).toBe(lease);
    expect(lost).not.toHaveBeenCalled();
    await vi.waitFor(() => expectEvery(told.events, kvs), 10_000);
    expect(told.lost).toEqual([]);
  });

  test("watches and a lease outlive followers that freeze", async (test) => {
    const cluster = await start(test, "default");
    const etcd = follow(test, cluster);
    // Each has a stream of its own, on any member.
    const watches = await Promise.all(Array.from({ length: 4 }, () => watchFromNow(etcd, "load/")));
    const { lost } = await leased(etcd, "load/leased", 6);
    // Not the leader: one that goes on after a pause may revoke what its successor has kept alive (etcd-io/etcd #15247).
    const leader = await cluster.leader();
    for (const member of cluster.members.filter(({ id }) => id !== leader.id)) {
      await cluster.freeze(member);
      const beyondLease = wait(9_000);
      await (await etcd.client.ready()).put(`load/${member.id}`).value("written");
      const isTold = ({ events }: Told): boolean => events.some(({ kv }) => String(kv.key) === `load/${member.id}`);
      // Keepalive gives the member up after 15 s; a dial to it, which may be next, gets 5 s.
      await vi.waitUntil(() => watches.every(isTold), 35_000);
      await beyondLease;
      await cluster.thaw(member);
    }
    expect(lost).not.toHaveBeenCalled();
    await vi.waitFor(async () => {
      const { kvs } = await (await etcd.client.ready()).getAll().prefix("load/").exec();
      expect(kvs.length).toBe(3);
      for (const { events } of watches) expectEvery(events, kvs);
    }, 10_000);
    expect(watches.flatMap(({ lost }) => lost)).toEqual([]);
  });

  test("what cannot be carried over is handed back: a watch whose history is compacted, a lease that is revoked", async (test) => {
    const cluster = await start(test, "fast");
    const etcd = follow(test, cluster);
    const client = await etcd.client.ready();
    const { lease, lost } = await leased(etcd, "load/leased", LEASE_S);
    const { header } = await client.put("load/a").value("1");
    await client.kv.compact({ revision: header.revision, physical: true });
    const told = { events: vi.fn(), lost: vi.fn() };
    etcd.watch((client) => client.watch().prefix("load/"), "1", told);
    await vi.waitFor(() => expect(told.lost).toHaveBeenCalled(), 10_000);
    expect(told.lost).toHaveBeenCalledOnce();
    expect(told.events).not.toHaveBeenCalled();
    await client.leaseClient.leaseRevoke({ ID: lease });
    await vi.waitFor(() => expect(lost).toHaveBeenCalledOnce(), 10_000);
  });
});

function start(test: TestContext, timers: "default" | "fast"): Promise<EtcdCluster> {
  return clusterFor(test, startCluster, { timers });
}

async function leased(etcd: LiveEtcd3, key: string, ttlS: number) {
  const lost = vi.fn();
  const lease = await etcd.lease(ttlS, lost);
  await (await etcd.client.ready()).put(key).value("here").lease(lease);
  return { lease, lost };
}
