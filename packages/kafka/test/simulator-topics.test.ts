import { describe, expect, test } from "vitest";
import { brokerAt, RawClient, simulator, topicAt } from "./simulator-support.js";

const leaders = async (...where: Parameters<typeof topicAt>) =>
  (await topicAt(...where))?.partitions.map(
    ({ leader, leaderEpoch, inSyncReplicas }) => `${leader}@${leaderEpoch} ${inSyncReplicas.join()}`,
  );

test("partitions and leaders go round the brokers, each topic beginning with the next one", async () => {
  const cluster = await simulator();
  await cluster.createTopics([{ topic: "orders", partitions: 4, replicas: 2 }, { topic: "other" }]);
  expect(await leaders(brokerAt(cluster, 2), "orders")).toEqual(["1@0 1,2", "2@0 2,3", "3@0 3,1", "1@0 1,2"]);
  expect(await leaders(brokerAt(cluster, 2), "other")).toEqual(["2@0 2,3,1"]);
  expect((await topicAt(brokerAt(cluster, 0), "orders"))?.id).toMatch(/^[\w-]{22}$/);
  await expect(cluster.createTopics([{ topic: "orders" }])).rejects.toThrow("orders exists already");
  await expect(cluster.createTopics([{ topic: "big", replicas: 4 }])).rejects.toThrow("4 replicas do not fit on 3 brokers");
  await expect(cluster.createTopics([{ topic: "no name" }])).rejects.toThrow('"no name"');
});

test("an unknown topic is an error of that topic, and is not created by asking if the client does not allow it", async () => {
  const cluster = await simulator();
  const unknown = { error: "UNKNOWN_TOPIC_OR_PARTITION", partitions: [] };
  expect(await topicAt(brokerAt(cluster, 0), "nobody")).toMatchObject(unknown);
  expect(await topicAt(brokerAt(cluster, 0), "nobody")).toMatchObject(unknown);
  expect(await topicAt(brokerAt(cluster, 0), "no name")).toMatchObject({ error: "INVALID_TOPIC_EXCEPTION" });
});

describe("an unknown topic is created by asking", () => {
  const UNKNOWN = { error: "UNKNOWN_TOPIC_OR_PARTITION", partitions: [] };

  test("if the client allows it: with one partition and one replica, for the next who asks", async () => {
    const cluster = await simulator();
    const [first, second] = [brokerAt(cluster, 0), brokerAt(cluster, 1)];
    expect(await topicAt(first, "orders", true)).toMatchObject(UNKNOWN);
    expect(await leaders(second, "orders")).toEqual(["1@0 1"]);
    expect(await topicAt(first, "orders", true)).toMatchObject({ error: undefined });
  });

  test("before version 4, where the client has no say", async () => {
    const cluster = await simulator();
    const client = new RawClient(brokerAt(cluster, 0).address);
    client.send(3, 3, `00000001 0006 ${Buffer.from("orders").toString("hex")}`);
    await client.answer();
    expect(await leaders(brokerAt(cluster, 0), "orders")).toEqual(["1@0 1"]);
    client.send(3, 3, "ffffffff"); // all topics: there is nothing to create
    expect((await client.answer()).includes("orders")).toBe(true);
  });

  test("but not under a name that no topic may have, not without a controller, and not where the answer is scripted to be an error", async () => {
    const cluster = await simulator();
    const broker = brokerAt(cluster, 0);
    expect(await topicAt(broker, "no name", true)).toMatchObject({ error: "INVALID_TOPIC_EXCEPTION" });
    expect(await topicAt(broker, "no name", true)).toMatchObject({ error: "INVALID_TOPIC_EXCEPTION" });
    await cluster.stopController();
    expect(await topicAt(broker, "orders", true)).toMatchObject(UNKNOWN);
    await cluster.startController();
    cluster.answer(broker, { kind: "error", code: 129 });
    await topicAt(broker, "orders", true);
    cluster.answer(broker, undefined);
    expect(await topicAt(broker, "orders")).toMatchObject(UNKNOWN);
  });
});

test("the leader is always in sync and up: another takes over with the next epoch, and whoever comes back follows", async () => {
  const cluster = await simulator();
  const [first, second, third] = [brokerAt(cluster, 0), brokerAt(cluster, 1), brokerAt(cluster, 2)];
  await cluster.createTopics([{ topic: "orders" }]);
  await cluster.stop(first);
  expect(await leaders(third, "orders")).toEqual(["2@1 2,3"]);
  expect((await topicAt(third, "orders"))?.partitions[0]?.offlineReplicas).toEqual([1]);
  await cluster.start(first);
  expect(await leaders(third, "orders")).toEqual(["2@1 1,2,3"]);
  expect(await cluster.moveLeader("orders", 0)).toBe(1);
  expect(await leaders(second, "orders")).toEqual(["1@2 1,2,3"]);
  await expect(cluster.moveLeader("orders", 1)).rejects.toThrow("orders-1");
});

test("when the last replica in sync is down there is no leader until that one is back", async () => {
  const cluster = await simulator();
  const [first, second, third] = [brokerAt(cluster, 0), brokerAt(cluster, 1), brokerAt(cluster, 2)];
  await cluster.createTopics([{ topic: "orders", replicas: 2 }]);
  await cluster.stop(first);
  await cluster.stop(second);
  expect((await topicAt(third, "orders"))?.partitions[0]).toMatchObject({
    error: "LEADER_NOT_AVAILABLE",
    leader: null,
    inSyncReplicas: [2],
  });
  await cluster.start(first);
  expect(await leaders(third, "orders")).toEqual(["null@2 2"]);
  await cluster.start(second);
  expect(await leaders(third, "orders")).toEqual(["2@3 1,2"]);
});

test("a broker that is unregistered or started anew leads no more what it led", async () => {
  const cluster = await simulator();
  const [first, second, third] = [brokerAt(cluster, 0), brokerAt(cluster, 1), brokerAt(cluster, 2)];
  await cluster.createTopics([{ topic: "orders" }]);
  await cluster.unregister(first);
  expect(await leaders(third, "orders")).toEqual(["2@1 2,3"]);
  await cluster.kill(second);
  await cluster.start(second);
  expect(await leaders(third, "orders")).toEqual(["3@2 2,3"]);
});
