import { setTimeout as wait } from "node:timers/promises";
import type { KafkaTestCluster } from "@rollcall/kafka/simulator";
import { expect, it, vi } from "vitest";
import { kafkaApplication } from "../src/index.js";
import {
  addresses,
  believed,
  believedAside,
  brokerAt,
  brokersOf,
  kafkaFor,
  listed,
  listedTo,
  liveBrokers,
  placeOf,
  type StartKafka,
  staticAdmin,
  withoutBroker,
} from "./kafka-scenario.js";

/** Brokers that accept connections and never answer. */
export function frozenScenarios(shared: () => KafkaTestCluster): void {
  it("4, row 4: the broker that the poller asks is frozen: the next answer comes within 1 s", async (test) => {
    const cluster = shared();
    const [last, ...others] = cluster.brokers;
    if (last === undefined) throw new Error("no broker");
    // It is the only one whom the first poll can ask; the next one begins with one of the others.
    const poller = brokersOf(test, cluster, { seeds: [last.address], minIntervalMs: 10 });
    await poller.ready();
    for (const broker of others) await cluster.freeze(broker);
    const control = kafkaApplication(
      cluster.client,
      others.map(({ address }) => address),
    ).admin();
    test.onTestFinished(() => control.disconnect());
    const connecting = control.connect().then(() => "connected", String);
    try {
      const began = performance.now();
      await poller.refresh();
      const tookMs = performance.now() - began;
      expect(tookMs, "a frozen broker must have been asked, else this run proves nothing").toBeGreaterThan(400);
      expect(tookMs).toBeLessThan(1_000);
      const silent = wait(1_000, "silent");
      expect(await Promise.race([connecting, silent]), "a client of those brokers must wait, else this run proves nothing").toBe("silent");
    } finally {
      for (const broker of others) await cluster.thaw(broker);
    }
    expect(await connecting).toBe("connected");
  });

  it("row 17: a frozen broker that the poller believes in is handed to no client, though each third one would get it", async (test) => {
    const cluster = shared();
    // It asks once, so that what it believes stays as it was before.
    const poller = brokersOf(test, cluster, { intervalMs: 60_000, minIntervalMs: 60_000 });
    await poller.ready();
    const checked = liveBrokers(test, poller, { client: cluster.client });
    const unchecked = liveBrokers(test, poller);
    const frozen = brokerAt(cluster, 0);
    await cluster.freeze(frozen);
    try {
      for (let clients = 0; clients < 12; clients += 1) {
        const admin = kafkaApplication(cluster.client, checked).admin();
        test.onTestFinished(() => admin.disconnect());
        const connected = admin.connect().then(() => "connected");
        expect(await Promise.race([connected, wait(1_000, "silent")])).toBe("connected");
      }
      const picks: string[] = [];
      for (const _ of cluster.brokers) picks.push(...(await unchecked()));
      expect(picks, "an unchecked client must be given it, else this run proves nothing").toContain(frozen.address);
    } finally {
      await cluster.thaw(frozen);
    }
  });

  it("row 5: when all brokers are frozen a poll ends in time, the set is kept, and polls are right again once they go on", async (test) => {
    const cluster = shared();
    const poller = brokersOf(test, cluster, { minIntervalMs: 10, timeoutMs: 1_500 });
    const before = await poller.ready();
    const frozen: (typeof cluster.brokers)[number][] = [];
    try {
      for (const broker of cluster.brokers) {
        await cluster.freeze(broker);
        frozen.push(broker);
      }
      const began = performance.now();
      await expect(poller.refresh()).rejects.toMatchObject({ code: "TIMEOUT" });
      expect(performance.now() - began).toBeLessThan(2_000);
      expect(poller.snapshot).toBe(before);
    } finally {
      for (const broker of frozen) await cluster.thaw(broker);
    }
    // The cluster may need a moment until it believes in all of them again.
    await vi.waitFor(
      async () => {
        await poller.refresh();
        expect(believed(poller)).toBe(listed(...cluster.brokers));
      },
      { timeout: 10_000 },
    );
  });
}

/**
 * A broker that the cluster believes alive.
 * @param noticeMs - longer than the cluster needs to notice a dead broker while it has a controller
 */
export function frozenViewScenario(startKafka: StartKafka, noticeMs: number): void {
  it("12, row 13: with the controller down, a killed broker goes aside on suspicion although the cluster still lists it", async (test) => {
    const cluster = await kafkaFor(test, startKafka);
    const poller = brokersOf(test, cluster, { intervalMs: 1_000, minIntervalMs: 100 });
    const brokers = liveBrokers(test, poller);
    await brokers();
    const control = await staticAdmin(test, cluster, addresses(cluster));
    await cluster.stopController();
    const dead = brokerAt(cluster, -1);
    const others = withoutBroker(cluster, dead);
    await cluster.kill(dead);
    await wait(noticeMs);
    const { metadata } = await poller.refresh();
    expect(metadata.brokers.map(({ id, fenced }) => [id, fenced])).toEqual(cluster.brokers.map(({ id }) => [id, false]));
    poller.suspect(placeOf(dead), { cause: "it refuses" });
    await vi.waitFor(() => expect(believedAside(poller)).toEqual([`${dead.id} refused`]), { timeout: 1_000, interval: 10 });
    const again = await poller.refresh();
    expect(again.metadata.brokers.find(({ id }) => id === dead.id)?.fenced).toBe(false);
    expect(believed(poller)).toBe(listed(...others));
    for (let calls = 0; calls < 20; calls += 1) expect(await brokers()).not.toContain(dead.address);
    expect(await listedTo(control), "kafkajs must still be told of the dead broker, else this run proves nothing").toContain(dead.id);
  });
}
