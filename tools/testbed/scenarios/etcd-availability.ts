import { setTimeout as wait } from "node:timers/promises";
import type { EtcdCluster } from "@rollcall/etcd/simulator";
import { grpcTarget } from "@rollcall/grpc";
import { expect, it, onTestFinished } from "vitest";
import { generatedClient, type KeyValueClient, niceClient, plainClient, Writer } from "../src/index.js";
import { believed, listed, pollerOn, type StartCluster, urls } from "./scenario.js";

/** Room for clients to notice a step before the next one; an operator takes longer. */
const STEP_MS = 2_000;
const OUTAGE_MS = 20_000;

/** What requests see: all members replaced one by one, busy and idle; an outage of the whole cluster. */
export function availabilityScenarios(startCluster: StartCluster): void {
  it("4. three clients of different kinds lose no write while every member is replaced one by one within one interval", async () => {
    const cluster = await start(startCluster);
    const poller = pollerOn(urls(cluster), { intervalMs: 30_000 });
    const control = controlClient(cluster);
    const writers = [plainClient, generatedClient, niceClient].map((make, at) =>
      writer(make({ target: grpcTarget(poller) }), `headline/${at}/`),
    );
    for (const load of writers) load.start();
    await wait(STEP_MS);
    await replaceEverybody(cluster);
    await Promise.all(writers.map((load) => load.stop()));
    for (const { report } of writers) {
      const { kind, acknowledged, failed, retries, longestGapMs } = report;
      process.stdout.write(
        `    ${kind}: ${acknowledged} writes, ${failed.length} failed, ${retries} retries, longest gap ${longestGapMs} ms\n`,
      );
    }
    await expect(
      control.put("control", "late", 2_000),
      "a channel on the old addresses must die, else this run proves nothing",
    ).rejects.toThrow();
    for (const load of writers) {
      expect(load.report.failed).toEqual([]);
      expect(load.report.acknowledged).toBeGreaterThan(50);
      expect(await load.lost()).toEqual([]);
    }
    expect(believed(poller)).toBe(listed(...cluster.members));
  });

  for (const [sleep, options] of [
    ["an idle client", {}],
    ["an idle client whose channel slept", { "grpc.client_idle_timeout_ms": 1_000 }],
  ] as const) {
    it(`5. the first call of ${sleep} succeeds after every member was replaced`, async () => {
      const cluster = await start(startCluster);
      const poller = pollerOn(urls(cluster), { intervalMs: 30_000 });
      const control = controlClient(cluster);
      const client = plainClient({ target: grpcTarget(poller), options });
      onTestFinished(() => client.close());
      await client.put("idle", "before", 5_000);
      await wait(STEP_MS);
      await replaceEverybody(cluster);
      await expect(control.put("control", "late", 2_000)).rejects.toThrow();
      await client.put("idle", "after", 5_000);
      expect(believed(poller)).toBe(listed(...cluster.members));
    });
  }

  it("6. all members down for 20 s and back: the set is kept and requests resume by themselves", async () => {
    const cluster = await start(startCluster);
    const poller = pollerOn(urls(cluster), { intervalMs: 30_000 });
    const client = plainClient({ target: grpcTarget(poller) });
    onTestFinished(() => client.close());
    await client.put("outage", "before", 5_000);
    const before = poller.snapshot;
    for (const member of cluster.members) await cluster.kill(member);
    await expect(client.put("outage", "during", 1_000)).rejects.toThrow();
    await wait(OUTAGE_MS);
    expect(poller.snapshot).toBe(before);
    expect(poller.status.error?.code).toMatch(/UNAVAILABLE|TIMEOUT/);
    await Promise.all(cluster.members.map((member) => cluster.start(member)));
    await eventually(() => client.put("outage", "after", 1_000), 15_000);
    expect(poller.snapshot).toBe(before);
  });
}

async function start(startCluster: StartCluster): Promise<EtcdCluster> {
  // Elections as slow as in production: faster ones would make availability look better than it is.
  const cluster = await startCluster({ timers: "default" });
  onTestFinished(() => cluster[Symbol.asyncDispose]());
  return cluster;
}

async function replaceEverybody(cluster: EtcdCluster): Promise<void> {
  for (const member of [...cluster.members]) {
    await cluster.replace(member);
    await wait(STEP_MS);
  }
}

/** A channel that was given the addresses once, as everybody does it without discovery. */
function controlClient(cluster: EtcdCluster): KeyValueClient {
  const addresses = urls(cluster).map((url) => new URL(url).host);
  const client = plainClient({ target: `ipv4:${addresses.join(",")}` });
  onTestFinished(() => client.close());
  return client;
}

function writer(client: KeyValueClient, prefix: string): Writer {
  const load = new Writer(client, prefix);
  onTestFinished(async () => {
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
