import { status } from "@grpc/grpc-js";
import type { Endpoint } from "@rollcall/core";
import { etcdMembers } from "@rollcall/etcd";
import { grpcTarget } from "@rollcall/grpc";
import { describe, expect, it, vi } from "vitest";
import { rowScenarios } from "../scenarios/etcd-rows.js";
import { believed, clusterFor, listed, urls } from "../scenarios/etcd-scenario.js";
import { AskedSource } from "../scenarios/etcd-suspicion-delays.js";
import { lasting, pollerOf, present } from "../scenarios/scenario.js";
import { plainClient, requireEtcd, startRealEtcd } from "../src/index.js";
import { startReal } from "./support/start-cluster.js";

/** What the polls' own connections use, in ms, and what a busy machine may add. */
const KEEPALIVE_MS = 10_000 + 5_000;
const SLACK_MS = 3_000;

const etcd = await requireEtcd("3.7.3");

describe.skipIf("reason" in etcd)("[etcd 3.7.3] rows of etcd", { timeout: 60_000 }, () => {
  rowScenarios(startReal(etcd));

  it("row 22: an alarm sets nobody aside, since every member reports those of the whole cluster and still serves reads", async (test) => {
    if ("reason" in etcd) throw new Error(etcd.reason);
    const cluster = await lasting(test, startRealEtcd({ ...etcd, timers: "fast", quotaBytes: 65_536 }));
    const asked = new AskedSource(test, etcdMembers({ seeds: urls(cluster) }));
    const poller = pollerOf(test, asked.source);
    const { endpoints } = await poller.ready();
    const channel = plainClient({ target: grpcTarget(poller) });
    test.onTestFinished(() => channel.close());
    const full = { code: status.RESOURCE_EXHAUSTED, message: expect.stringContaining("database space exceeded") };
    await expect(channel.put("full", "x".repeat(100_000), 5_000)).rejects.toMatchObject(full);
    for (const url of urls(cluster)) {
      const health = async (): Promise<unknown> => (await fetch(`${url}/health`)).json();
      await vi.waitFor(async () => expect(await health()).toMatchObject({ health: "false", reason: "ALARM NOSPACE" }), 5_000);
    }
    for (const endpoint of endpoints) {
      poller.suspect(endpoint);
      await asked.source.probe?.(endpoint, { signal: AbortSignal.timeout(5_000) });
    }
    await poller.refresh();
    expect(poller.status.aside).toEqual([]);
    expect(believed(poller)).toBe(listed(...cluster.members));
    expect(await channel.keys("full")).toEqual([]);
  });

  it("row 23: a poll in flight on a member that freezes ends with the keepalive of its connection", async (test) => {
    const cluster = await clusterFor(test, startReal(etcd), { timers: "fast" });
    const seed = present(cluster.members[0], "a member");
    const source = etcdMembers({ seeds: [seed.clientUrl], attemptTimeoutMs: 60_000 });
    const onlyTheSeed = (endpoint: Endpoint): Endpoint | undefined => (endpoint.id === seed.id ? endpoint : undefined);
    const poller = pollerOf(test, source, { mapEndpoint: onlyTheSeed, minIntervalMs: 10, timeoutMs: 60_000 });
    poller.subscribe(() => undefined);
    await poller.ready();
    await cluster.freeze(seed);
    const began = performance.now();
    await expect(poller.refresh()).rejects.toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("Connection dropped") });
    expect(performance.now() - began).toBeLessThan(KEEPALIVE_MS + SLACK_MS);
  });
});
