import { setTimeout as wait } from "node:timers/promises";
import type { Endpoint } from "@rollcall/core";
import { requireEtcd } from "@rollcall/testbed";
import { describe, expect, type TestContext, test, vi } from "vitest";
import { clusterFor } from "../../testbed/scenarios/etcd-scenario.js";
import { startReal } from "../../testbed/test/support/start-cluster.js";
import { watchPrefix } from "../src/etcd-watch.js";
import { MAX_DRAIN_MS, Watched } from "./support/watched.js";

const etcd = await requireEtcd("3.7.3");
const startCluster = startReal(etcd);

describe.skipIf("reason" in etcd)("[etcd 3.7.3] example: a watch", { timeout: 60_000 }, () => {
  test("row 21: on a member that is listed no more it goes on, and moves after its own maximum, losing no event", async (test) => {
    const dropped = new Set<string>();
    const watched = await start(test, (endpoint) => (dropped.has(endpoint.id) ? undefined : endpoint));
    const { member } = watched;
    dropped.add(member.id);
    const leftAt = Date.now();
    await watched.poller.refresh();
    await watched.write("meanwhile");
    await watched.toldAll();
    expect(watched.streams.length).toBe(1);
    await expectMoved(watched, leftAt);
    expect(watched.member).not.toBe(member);
  });

  test("row 21: on a member that is removed while it is frozen it stays until its own maximum, and then goes on elsewhere", async (test) => {
    const watched = await start(test);
    const member = await watched.freeze();
    const leftAt = Date.now();
    await watched.asEtcd3(({ cluster }) => cluster.memberRemove({ ID: BigInt(`0x${member.id}`).toString() }));
    await watched.poller.refresh();
    expect(watched.poller.snapshot?.endpoints.length).toBe(2);
    expect(watched.streams.length).toBe(1);
    await watched.write("unseen");
    await expectMoved(watched, leftAt);
  });

  test("row 21: on a member that is set aside, frozen as it is, it moves after its own maximum, losing no event", async (test) => {
    const watched = await start(test);
    const member = await watched.freeze();
    const leftAt = Date.now();
    await watched.setAside(member);
    await watched.write("unseen");
    await expectMoved(watched, leftAt);
    await watched.cluster.thaw(member);
    await watched.write("thawed");
    await watched.toldAll();
    expect(watched.streams.length).toBe(2);
  });

  test("row 21: on a member that is set aside for less than its maximum it stays", async (test) => {
    const watched = await start(test);
    const member = await watched.freeze();
    await watched.setAside(member);
    await watched.cluster.thaw(member);
    await vi.waitUntil(() => watched.poller.snapshot?.aside.length === 0, 10_000);
    await wait(MAX_DRAIN_MS + 200);
    await watched.write("after");
    await watched.toldAll();
    expect(watched.streams.length).toBe(1);
  });

  test("row 21: a member that ends takes its streams with it, and the watch goes on with another at once, losing no event", async (test) => {
    const watched = await start(test);
    await watched.cluster.remove(watched.member);
    await watched.write("after");
    await watched.toldAll();
    expect(watched.streams.length).toBe(2);
  });

  test("a revision that is compacted is an error, and a signal ends a watch that has nothing to tell", async (test) => {
    const watched = await start(test);
    const { client, poller } = watched;
    const { header } = await watched.asEtcd3((etcd3) => etcd3.put("jobs/a").value(""));
    await watched.asEtcd3(({ kv }) => kv.compact({ revision: header.revision, physical: true }));
    await expect(watchPrefix(client, poller, "jobs/", { after: "1" }).next()).rejects.toThrow("is compacted");
    const idle = watchPrefix(client, poller, "nothing/", { after: header.revision, signal: AbortSignal.timeout(200) });
    await expect(idle.next()).rejects.toThrow(/abort/i);
  });
});

/** With one event told already. */
async function start(test: TestContext, mapEndpoint?: (endpoint: Endpoint) => Endpoint | undefined): Promise<Watched> {
  const watched = await Watched.start(test, await clusterFor(test, startCluster, { timers: "fast" }), mapEndpoint);
  await watched.write("before");
  await watched.toldAll();
  return watched;
}

async function expectMoved(watched: Watched, leftAt: number): Promise<void> {
  await watched.moved();
  expect(Date.now() - leftAt).toBeGreaterThanOrEqual(MAX_DRAIN_MS);
  await watched.write("after");
  await watched.toldAll();
}
