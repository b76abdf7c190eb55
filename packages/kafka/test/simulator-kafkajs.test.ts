import { CompressionTypes } from "kafkajs";
import { expect, test } from "vitest";
import { brokerAt, kafka, producer, simulator } from "./simulator-support.js";

test("kafkajs's admin sees the brokers, creates topics and reads them", async () => {
  const cluster = await simulator();
  const admin = kafka(cluster).admin();
  await admin.connect();
  const { brokers, clusterId } = await admin.describeCluster();
  expect(clusterId).toBe(cluster.clusterId);
  expect(brokers.map(({ nodeId, host, port }) => [nodeId, `${host}:${port}`])).toEqual(
    cluster.brokers.map(({ id, address }) => [id, address]),
  );
  expect(await admin.createTopics({ topics: [{ topic: "orders", numPartitions: 2, replicationFactor: 3 }] })).toBe(true);
  expect(await admin.createTopics({ topics: [{ topic: "orders" }] })).toBe(false);
  const { topics } = await admin.fetchTopicMetadata({ topics: ["orders"] });
  expect(topics[0]?.partitions).toMatchObject([
    { partitionId: 0, leader: 1, replicas: [1, 2, 3], isr: [1, 2, 3], offlineReplicas: [] },
    { partitionId: 1, leader: 2, replicas: [2, 3, 1], isr: [2, 3, 1] },
  ]);
  await expect(admin.fetchTopicMetadata({ topics: ["nobody-made-it"] })).rejects.toMatchObject({ type: "UNKNOWN_TOPIC_OR_PARTITION" });
  await admin.disconnect();
});

test.each([
  ["plain", CompressionTypes.None],
  ["gzip", CompressionTypes.GZIP],
])("what kafkajs sends %s is there, in order", async (_name, compression) => {
  const cluster = await simulator();
  await cluster.createTopics([{ topic: "orders", partitions: 2 }]);
  const sender = await producer(kafka(cluster));
  const messages = [
    { key: "k", value: "one", partition: 0, headers: { trace: "1" } },
    { value: "zwei…", partition: 0 },
    { key: "gone", value: null, partition: 1, timestamp: "99999999999999" },
  ];
  const sent = await sender.send({ topic: "orders", acks: -1, compression, messages });
  expect(sent.map(({ partition, errorCode, baseOffset }) => [partition, errorCode, baseOffset])).toEqual([
    [0, 0, "0"],
    [1, 0, "0"],
  ]);
  expect([...cluster.records("orders")].sort((a, b) => a.partition - b.partition)).toEqual([
    { partition: 0, offset: 0, key: "k", value: "one" },
    { partition: 0, offset: 1, key: null, value: "zwei…" },
    { partition: 1, offset: 0, key: "gone", value: null },
  ]);
});

test("acks 0 is not answered and kept; an idempotent producer's batch is kept once, however often it comes", async () => {
  const cluster = await simulator({ brokers: 1 });
  await cluster.createTopics([{ topic: "orders" }]);
  const careless = await producer(kafka(cluster));
  expect(await careless.send({ topic: "orders", acks: 0, messages: [{ value: "a" }] })).toEqual([]);
  const sender = await producer(kafka(cluster), { idempotent: true, maxInFlightRequests: 1 });
  cluster.answer(brokerAt(cluster, 0), { kind: "close" }, ["Produce"]);
  const sending = sender.send({ topic: "orders", messages: [{ value: "b" }, { value: "c" }] });
  await expect.poll(() => cluster.requests.get("Produce")).toBe(3);
  cluster.answer(brokerAt(cluster, 0), undefined, ["Produce"]);
  await sending;
  await sender.send({ topic: "orders", messages: [{ value: "d" }] });
  expect(cluster.records("orders").map(({ value, offset }) => [value, offset])).toEqual([
    ["a", 0],
    ["b", 1],
    ["c", 2],
    ["d", 3],
  ]);
});

test("a producer follows a leader that moves, dies or stops", async () => {
  const cluster = await simulator();
  await cluster.createTopics([{ topic: "orders" }]);
  const sender = await producer(kafka(cluster));
  const send = (value: string) => sender.send({ topic: "orders", acks: -1, messages: [{ value }] });
  await send("first");
  expect(await cluster.moveLeader("orders", 0)).toBe(2);
  await send("moved");
  await cluster.kill(brokerAt(cluster, 1));
  await send("killed");
  await cluster.stop(brokerAt(cluster, 0));
  await send("stopped");
  expect(cluster.records("orders").map(({ value }) => value)).toEqual(["first", "moved", "killed", "stopped"]);
});

test("a producer that keeps sending survives the replacement of every broker", async () => {
  const cluster = await simulator({ sessionMs: 150 });
  await cluster.createTopics([{ topic: "orders", partitions: 3 }]);
  const sender = await producer(kafka(cluster), { metadataMaxAge: 100 });
  const replaced = cluster.replaceAll();
  let running = true;
  const ended = replaced.finally(() => {
    running = false;
  });
  const sent: string[] = [];
  while (running) {
    const value = `${sent.length}`;
    await sender.send({ topic: "orders", acks: -1, messages: [{ value }] });
    sent.push(value);
  }
  await sender.send({ topic: "orders", acks: -1, messages: [{ value: "last" }] });
  expect((await ended).map(({ id, rack }) => [id, rack])).toEqual([
    [4, "az1"],
    [5, "az2"],
    [6, "az3"],
  ]);
  expect(cluster.records("orders").map(({ value }) => value)).toEqual([...sent, "last"]);
  expect(sent.length).toBeGreaterThan(3);
});
