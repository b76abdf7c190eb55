import { setTimeout as wait } from "node:timers/promises";
import type { EtcdCluster } from "@rollcall/etcd/simulator";
import { grpcTarget } from "@rollcall/grpc";
import { expect, it, vi } from "vitest";
import { generatedClient, type KeyValueClient, niceClient, plainClient, Writer } from "../src/index.js";
import { believed, clusterFor, listed, pollerOn, type StartCluster, type Test, urls } from "./etcd-scenario.js";
import { LOST_BY_ETCD } from "./lost-by-etcd.js";

/** Room for clients to notice a step before the next one; an operator takes longer. */
const STEP_MS = 2_000;
const OUTAGE_MS = 20_000;

const CLIENTS = [plainClient, generatedClient, niceClient] as const;

/** A second run is granted only where the first one failed by etcd's own doing, and by nothing else. */
const UNLESS_ETCD_LOSES_A_WRITE = { retry: { count: 1, condition: LOST_BY_ETCD } };

/**
 * What busy clients see of the replacement of all members. Measures time: nothing else should run meanwhile.
 * @param print - takes one line of figures per client, however it ended
 */
export function headlineScenario(startCluster: StartCluster, print: (line: string) => void): void {
  const title = "4, row 12: three clients of different kinds lose no write while every member is replaced one by one within one interval";
  it(title, UNLESS_ETCD_LOSES_A_WRITE, async (test) => {
    const cluster = await start(test, startCluster);
    const poller = pollerOn(test, urls(cluster), { intervalMs: 30_000 });
    const control = await controlClient(test, cluster);
    const writers = CLIENTS.map((make, at) => writer(test, make({ target: grpcTarget(poller) }), `headline/${at}/`));
    for (const load of writers) load.start();
    await wait(STEP_MS);
    await replaceEverybody(cluster);
    await Promise.all(writers.map((load) => load.stop()));
    for (const { report } of writers) {
      const { kind, acknowledged, failed, retries, longestGapMs } = report;
      const figures = `${acknowledged} writes, ${failed.length} failed, ${retries} retries, longest gap ${longestGapMs} ms`;
      print(`${kind}: ${figures}`);
    }
    await expect(
      control.put("control", "late", 2_000),
      "a channel on the old addresses must die, else this run proves nothing",
    ).rejects.toThrow();
    for (const load of writers) {
      expect(load.report.acknowledged).toBeGreaterThan(50);
      expect(await load.lost()).toEqual([]);
    }
    expect(believed(poller)).toBe(listed(...cluster.members));
    // Last, so that a failure here says that all the rest was right.
    const failed = writers.flatMap(({ report }) => report.failed);
    expect(failed, failed.join("\n")).toEqual([]);
  });
}

/** What idle clients see of it, and of an outage of the whole cluster. They mostly wait, so they do so side by side. */
export function availabilityScenarios(startCluster: StartCluster): void {
  for (const [sleep, options, sleeps] of [
    ["an idle client", {}, false],
    ["an idle client whose channel slept", { "grpc.client_idle_timeout_ms": 1_000 }, true],
  ] as const) {
    it.concurrent(`5. the first call of ${sleep} succeeds after every member was replaced`, async (test) => {
      const cluster = await start(test, startCluster);
      const poller = pollerOn(test, urls(cluster), { intervalMs: 30_000 });
      const control = await controlClient(test, cluster);
      const client = plainClient({ target: grpcTarget(poller), options });
      test.onTestFinished(() => client.close());
      await client.put("idle", "before", 5_000);
      await wait(STEP_MS);
      expect(client.asleep).toBe(sleeps);
      await replaceEverybody(cluster);
      expect(client.asleep).toBe(sleeps);
      await expect(control.put("control", "late", 2_000)).rejects.toThrow();
      await client.put("idle", "after", 5_000);
      // Somebody may have left whom nobody was connected to; the channel found out by that call. The floor between two polls is 1 s.
      await vi.waitFor(() => expect(believed(poller)).toBe(listed(...cluster.members)), { timeout: 2_000 });
    });
  }

  it.concurrent("6. all members down for 20 s and back: the set is kept and requests resume by themselves", async (test) => {
    const cluster = await start(test, startCluster);
    const poller = pollerOn(test, urls(cluster), { intervalMs: 30_000 });
    const client = plainClient({ target: grpcTarget(poller) });
    test.onTestFinished(() => client.close());
    await client.put("outage", "before", 5_000);
    const before = believed(poller);
    // One after the other, so that whoever goes first may be set aside while the rest answers; it is used again once nobody does.
    for (const member of cluster.members) await cluster.kill(member);
    await expect(client.put("outage", "during", 1_000)).rejects.toThrow();
    await wait(OUTAGE_MS);
    expect(believed(poller)).toBe(before);
    expect(poller.status.error?.code).toMatch(/UNAVAILABLE|TIMEOUT/);
    await Promise.all(cluster.members.map((member) => cluster.start(member)));
    await eventually(() => client.put("outage", "after", 1_000), 15_000);
    await vi.waitFor(() => expect(believed(poller)).toBe(before), { timeout: 10_000 });
  });
}

function start(test: Test, startCluster: StartCluster): Promise<EtcdCluster> {
  // Elections as slow as in production: faster ones would make availability look better than it is.
  return clusterFor(test, startCluster, { timers: "default" });
}

async function replaceEverybody(cluster: EtcdCluster): Promise<void> {
  for (const member of [...cluster.members]) {
    await cluster.replace(member);
    await wait(STEP_MS);
  }
}

/** A channel that was given the addresses once, as everybody does it without discovery; it works to begin with. */
async function controlClient(test: Test, cluster: EtcdCluster): Promise<KeyValueClient> {
  const addresses = urls(cluster).map((url) => new URL(url).host);
  const client = plainClient({ target: `ipv4:${addresses.join(",")}` });
  test.onTestFinished(() => client.close());
  await client.put("control", "early", 5_000);
  return client;
}

function writer(test: Test, client: KeyValueClient, prefix: string): Writer {
  const load = new Writer(client, prefix);
  test.onTestFinished(async () => {
    await load.stop();
    client.close();
  });
  return load;
}

async function eventually(attempt: () => Promise<void>, withinMs: number): Promise<void> {
  const end = performance.now() + withinMs;
  while (true) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > end) throw error;
      await wait(100);
    }
  }
}
