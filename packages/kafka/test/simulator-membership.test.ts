import { ManualClock } from "@rollcall/testkit";
import { describe, expect, test } from "vitest";
import { brokerAt, described, listed, RawClient, simulator, topicAt } from "./simulator-support.js";

test("brokers join with the next id, a rack in turn and a port of their own", async () => {
  const cluster = await simulator({ brokers: 2 });
  const third = await cluster.addBroker();
  const fourth = await cluster.addBroker({ rack: "elsewhere" });
  expect(cluster.brokers).toEqual([brokerAt(cluster, 0), brokerAt(cluster, 1), third, fourth]);
  const { clusterId, brokers } = await described(third);
  expect(clusterId).toBe(cluster.clusterId);
  expect(brokers.map(({ id, rack, host, port }) => [id, rack, `${host}:${port}`])).toEqual([
    [1, "az1", brokerAt(cluster, 0).address],
    [2, "az2", brokerAt(cluster, 1).address],
    [3, "az3", third.address],
    [4, "elsewhere", fourth.address],
  ]);
});

test("a stopped broker is fenced at once, a killed one when its session ends; both come back on the address they had", async () => {
  const clock = new ManualClock();
  const cluster = await simulator({ clock, sessionMs: 100 });
  const [first, second, third] = [brokerAt(cluster, 0), brokerAt(cluster, 1), brokerAt(cluster, 2)];
  const addresses = cluster.brokers.map(({ address }) => address);
  await cluster.stop(second);
  expect(await listed(first)).toBe("1 2! 3");
  await cluster.kill(third);
  expect(await listed(first)).toBe("1 2! 3");
  await expect(listed(third)).rejects.toThrow("closed");
  await clock.advance(99);
  expect(await listed(first)).toBe("1 2! 3");
  await clock.advance(1);
  expect(await listed(first)).toBe("1 2! 3!");
  await cluster.startAll();
  for (const broker of cluster.brokers) expect(await listed(broker)).toBe("1 2 3");
  expect(cluster.brokers.map(({ address }) => address)).toEqual(addresses);
  await clock.advance(1_000);
  expect(await listed(first)).toBe("1 2 3");
});

test("a killed broker's connections are reset, and a moved one is at another port", async () => {
  const cluster = await simulator();
  const broker = brokerAt(cluster, 0);
  const client = new RawClient(broker.address);
  await expect.poll(() => cluster.connections).toBe(1);
  await cluster.kill(broker);
  await expect.poll(() => client.closed).toBe(true);
  const { address } = broker;
  await cluster.start(broker, { move: true });
  expect(broker.address).not.toBe(address);
  expect((await described(brokerAt(cluster, 1))).brokers[0]?.port).toBe(Number(new URL(`kafka://${broker.address}`).port));
});

test("a broker that is not registered cannot be unregistered", async () => {
  const cluster = await simulator();
  const broker = brokerAt(cluster, 2);
  await cluster.unregister(broker);
  await expect(cluster.unregister(broker)).rejects.toThrow("broker 3 is not registered");
});

test("an unregistered broker is gone from every list, runs on, and is back only after a start", async () => {
  const cluster = await simulator();
  const broker = brokerAt(cluster, 2);
  await cluster.unregister(broker);
  expect(await listed(broker)).toBe("1 2");
  expect(cluster.brokers).not.toContain(broker);
  await cluster.freeze(broker);
  await cluster.thaw(broker);
  expect(await listed(brokerAt(cluster, 0))).toBe("1 2");
  await cluster.stop(broker);
  await cluster.start(broker);
  expect(await listed(brokerAt(cluster, 0))).toBe("1 2 3");
});

test("a frozen broker accepts and says nothing, is fenced when its session ends, and answers everything with the truth when it goes on", async () => {
  const clock = new ManualClock();
  const cluster = await simulator({ clock, sessionMs: 100 });
  const [asked, other] = [brokerAt(cluster, 0), brokerAt(cluster, 1)];
  await cluster.freeze(asked);
  const waiting = described(asked);
  await expect.poll(() => cluster.connections).toBe(1);
  await clock.advance(100);
  expect(await listed(other)).toBe("1! 2 3");
  await cluster.stop(other);
  await cluster.thaw(asked);
  expect((await waiting).brokers.map(({ fenced }) => fenced)).toEqual([false, true, false]);
});

describe("without a controller", () => {
  test("the lists are frozen, and the dead are fenced one session after it is back", async () => {
    const clock = new ManualClock();
    const cluster = await simulator({ clock, sessionMs: 100 });
    const [first, second, third] = [brokerAt(cluster, 0), brokerAt(cluster, 1), brokerAt(cluster, 2)];
    await cluster.kill(second);
    await cluster.stopController();
    await cluster.kill(third);
    await clock.advance(10_000);
    expect(await listed(first)).toBe("1 2 3");
    await expect(listed({ address: cluster.controllerAddress })).rejects.toThrow("closed");
    await cluster.startController();
    await clock.advance(99);
    expect(await listed(first)).toBe("1 2 3");
    await clock.advance(1);
    expect(await listed(first)).toBe("1 2! 3!");
  });

  test("nothing that it decides can be done, and nothing is half done", async () => {
    const cluster = await simulator({ clock: new ManualClock() });
    const [first, second] = [brokerAt(cluster, 0), brokerAt(cluster, 1)];
    await cluster.kill(second);
    await cluster.stopController();
    const refused = /the controller is down/;
    await expect(cluster.stop(first)).rejects.toThrow(refused);
    await expect(cluster.start(second)).rejects.toThrow(refused);
    await expect(cluster.addBroker()).rejects.toThrow(refused);
    await expect(cluster.unregister(first)).rejects.toThrow(refused);
    await expect(cluster.createTopics([{ topic: "orders" }])).rejects.toThrow(refused);
    await cluster.startController();
    expect(await listed(first)).toBe("1 2 3");
    expect((await cluster.addBroker()).id).toBe(4);
  });
});

test("replacing all brokers moves every replica, and rests one session between two steps", async () => {
  const clock = new ManualClock();
  const cluster = await simulator({ clock, sessionMs: 100 });
  await cluster.createTopics([{ topic: "orders", partitions: 2, replicas: 2 }]);
  const old = [...cluster.brokers];
  const replaced = cluster.replaceAll();
  await expect.poll(() => clock.pending).toBe(1);
  expect(cluster.brokers).toHaveLength(6);
  const seen: string[] = [];
  for (let step = 0; step < 4; step += 1) {
    await clock.advance(100);
    await expect.poll(() => clock.pending + (step === 3 ? 1 : 0)).toBe(1);
    seen.push(await listed(brokerAt(cluster, cluster.brokers.length - 1)));
  }
  const joined = await replaced;
  expect(seen).toEqual(["1 2 3 4 5 6", "2 3 4 5 6", "3 4 5 6", "4 5 6"]);
  expect(cluster.brokers).toEqual(joined);
  for (const broker of old) await expect(listed(broker)).rejects.toThrow("closed");
  expect((await topicAt(brokerAt(cluster, 0), "orders"))?.partitions).toMatchObject([
    { leader: 4, leaderEpoch: 1, replicas: [4, 5], inSyncReplicas: [4, 5], offlineReplicas: [] },
    { leader: 5, leaderEpoch: 1, replicas: [5, 6] },
  ]);
});

test("who replaces is in the racks of new brokers, and nothing is replaced while a partition has no leader", async () => {
  const cluster = await simulator({ brokers: 1, sessionMs: 10 });
  const attic = await cluster.addBroker({ rack: "attic" });
  await cluster.createTopics([{ topic: "orders", replicas: 1 }]);
  await cluster.stop(brokerAt(cluster, 0));
  await expect(cluster.replaceAll()).rejects.toThrow("orders has a partition without a leader");
  expect(cluster.brokers).toHaveLength(2);
  await cluster.startAll();
  expect(attic.rack).toBe("attic");
  expect((await cluster.replaceAll()).map(({ id, rack }) => [id, rack])).toEqual([
    [3, "az3"],
    [4, "az1"],
  ]);
});

test("a foreign cluster takes over the address of a broker that is down, and ends with ours", async () => {
  const cluster = await simulator();
  const [first, second] = [brokerAt(cluster, 0), brokerAt(cluster, 1)];
  await expect(cluster.startForeign(first)).rejects.toThrow("broker 1 is up");
  await cluster.kill(first);
  const foreign = await cluster.startForeign(first);
  const answer = await described(first);
  expect(answer.clusterId).toBe(foreign.clusterId);
  expect(answer.clusterId).not.toBe((await described(second)).clusterId);
  expect(foreign.brokers.map(({ address }) => address)).toEqual([first.address]);
  await expect(cluster.start(first)).rejects.toThrow("EADDRINUSE");
  await cluster.start(first, { move: true });
  await cluster[Symbol.asyncDispose]();
  await expect(described(brokerAt(foreign, 0))).rejects.toThrow("closed");
});
