import { ManualClock } from "@rollcall/testkit";
import { describe, expect, test } from "vitest";
import { type ScriptedAnswer, startKafkaSimulator } from "../src/simulator/index.js";
import { brokerAt, described, kafka, listed, producer, RawClient, simulator, topicAt } from "./simulator-support.js";

const DESCRIBE = [60, 2, "00 00 01 01 00"] as const;

/** One broker that answers by the script, and a client that has asked it. */
async function scripted(script: ScriptedAnswer) {
  const clock = new ManualClock();
  const cluster = await simulator({ clock });
  const broker = brokerAt(cluster, 0);
  cluster.answer(broker, script);
  const client = new RawClient(broker.address);
  client.send(...DESCRIBE);
  return { cluster, broker, client, clock };
}

test("a broker that lags answers what it knew, and takes no records for what it leads no more", async () => {
  const cluster = await simulator();
  const [first, second] = [brokerAt(cluster, 0), brokerAt(cluster, 1)];
  await cluster.createTopics([{ topic: "orders" }]);
  const sender = await producer(kafka(cluster, { brokers: [first.address], retry: { retries: 0 } }));
  cluster.lag(first, true);
  await cluster.moveLeader("orders", 0);
  await cluster.stop(brokerAt(cluster, 2));
  expect(await listed(first)).toBe("1 2 3");
  expect((await topicAt(first, "orders"))?.partitions[0]?.leader).toBe(1);
  await expect(sender.send({ topic: "orders", messages: [{ value: "x" }] })).rejects.toMatchObject({
    name: "KafkaJSNumberOfRetriesExceeded",
  });
  expect(cluster.records("orders")).toEqual([]);
  cluster.lag(first, false);
  expect(await listed(first)).toBe(await listed(second));
});

test("a broker that is fenced by hand runs on until that ends", async () => {
  const cluster = await simulator();
  cluster.fence(brokerAt(cluster, 0));
  expect(await listed(brokerAt(cluster, 0))).toBe("1! 2 3");
  cluster.unfence(brokerAt(cluster, 0));
  expect(await listed(brokerAt(cluster, 0))).toBe("1 2 3");
});

describe("scripted answers", () => {
  test("raw bytes", async () => {
    const { client } = await scripted({ kind: "bytes", bytes: Buffer.from("HTTP/1.1 400") });
    await expect.poll(() => client.received.toString()).toBe("HTTP/1.1 400");
  });

  test("half a frame, then silence", async () => {
    const { client, cluster } = await scripted({ kind: "half" });
    await expect.poll(() => client.received).toHaveLength(61);
    client.send(18, 0);
    cluster.answer(brokerAt(cluster, 0), undefined);
    expect(await listed(brokerAt(cluster, 0))).toBe("1 2 3");
    expect([client.closed, client.received.length]).toEqual([false, 61]);
  });

  test("a length that is not true, then silence", async () => {
    const { client } = await scripted({ kind: "length", length: 0x7fff_ffff });
    await expect.poll(() => client.received).toHaveLength(122);
    expect(client.received.readInt32BE(0)).toBe(0x7fff_ffff);
  });

  test("another correlation id", async () => {
    const { client } = await scripted({ kind: "correlation" });
    expect((await client.answer()).readInt32BE(0)).not.toBe(7);
  });

  test("a closed connection", async () => {
    const { client } = await scripted({ kind: "close" });
    await expect.poll(() => client.closed).toBe(true);
  });

  test("the truth, but late", async () => {
    const { client, clock } = await scripted({ kind: "slow", ms: 500 });
    await expect.poll(() => clock.pending).toBe(1);
    await clock.advance(499);
    expect(client.received).toHaveLength(0);
    await clock.advance(1);
    expect(await client.answer()).toHaveLength(118);
  });

  test("an error, with no brokers: in DescribeCluster and in Metadata 13", async () => {
    const { client } = await scripted({ kind: "error", code: 129 });
    expect((await client.answer()).readInt16BE(9)).toBe(129);
    client.send(3, 13, "00 01 00 00 00");
    const metadata = await client.answer();
    expect([metadata.readUInt8(9), metadata.readInt16BE(metadata.length - 3)]).toEqual([1, 129]);
  });

  test("other brokers, or none, and another cluster", async () => {
    const { cluster, broker } = await scripted({ kind: "brokers", brokers: [] });
    expect(await listed(broker)).toBe("");
    cluster.answer(broker, { kind: "brokers", brokers: [{ id: 9, host: "elsewhere", port: 1, fenced: true }] });
    expect(await listed(broker)).toBe("9!");
    cluster.answer(broker, { kind: "clusterId", clusterId: "another" });
    expect((await described(broker)).clusterId).toBe("another");
    cluster.answer(broker, undefined);
    expect((await described(broker)).clusterId).toBe(cluster.clusterId);
  });
});

test("requests are counted by name", async () => {
  const cluster = await simulator();
  await listed(brokerAt(cluster, 0));
  await listed(brokerAt(cluster, 1));
  await topicAt(brokerAt(cluster, 1), "orders");
  expect(Object.fromEntries(cluster.requests)).toEqual({ DescribeCluster: 2, Metadata: 1 });
});

test("whoever is down cannot be stopped, whoever is frozen not orderly, and a stranger not at all", async () => {
  const cluster = await simulator();
  const [first, second] = [brokerAt(cluster, 0), brokerAt(cluster, 1)];
  await cluster.kill(first);
  await cluster.freeze(second);
  await expect(cluster.kill(first)).rejects.toThrow("broker 1 is down");
  await expect(cluster.stop(second)).rejects.toThrow("broker 2 is frozen");
  await expect(cluster.start(second)).rejects.toThrow("broker 2 runs already");
  await expect(cluster.startController()).rejects.toThrow("the controller runs already");
  await expect(cluster.kill({ ...second, id: 2 })).rejects.toThrow("none of this cluster");
});

test("after disposal no socket and no timer is left, whatever was going on", async () => {
  const clock = new ManualClock();
  const cluster = await startKafkaSimulator({ clock });
  const clients = [...cluster.brokers, { address: cluster.controllerAddress }].map(({ address }) => new RawClient(address));
  await expect.poll(() => cluster.connections).toBe(4);
  await cluster.freeze(brokerAt(cluster, 0));
  clients[0]?.send(...DESCRIBE);
  await cluster.kill(brokerAt(cluster, 1));
  expect(clock.pending).toBe(2);
  await cluster[Symbol.asyncDispose]();
  await expect.poll(() => clients.every(({ closed }) => closed)).toBe(true);
  expect([clock.pending, cluster.connections]).toEqual([0, 0]);
  await expect.poll(() => process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP"))).toEqual([]);
});
