import { existsSync } from "node:fs";
import { type Consumer, type EachMessagePayload, Kafka, logLevel } from "kafkajs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { describeCluster } from "../src/kafka/operator-requests.js";
import { startRealKafka } from "../src/kafka/real-kafka-cluster.js";
import type { RealKafkaCluster } from "../src/kafka/real-kafka-options.js";
import { requireKafka } from "../src/require-server.js";
import { until } from "../src/until.js";
import { at, listOf, refuses, told } from "./support/kafka-observer.js";

const kafka = await requireKafka();
const SILENT = { logLevel: logLevel.NOTHING, retry: { retries: 0 } };

/** The next messages of a topic for a group, as soon as there are so many. */
async function consumed(consumer: Consumer, topic: string, count: number): Promise<string[]> {
  const values: string[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer.on("consumer.crash", ({ payload: { error, restart } }) => restart || reject(error));
    const eachMessage = async ({ message: { value } }: EachMessagePayload) => {
      if (values.push(String(value)) === count) resolve();
    };
    consumer.run({ eachMessage }).catch(reject);
  });
  await consumer.disconnect();
  return values;
}

describe.skipIf("reason" in kafka)("[kafka 4.4] testbed: a cluster with a process for every node", () => {
  let cluster: RealKafkaCluster;
  const last = () => at(cluster.brokers, -1);
  beforeAll(async () => {
    if ("reason" in kafka) return;
    cluster = await startRealKafka(kafka);
  });
  // What a test that failed left down must not fell the next one.
  afterEach(async () => {
    await cluster.startController().catch(() => undefined); // it is up
    await cluster.startAll();
  });
  afterAll(async () => {
    if (cluster === undefined) return;
    await cluster[Symbol.asyncDispose]();
    expect(existsSync(cluster.directory)).toBe(false);
  });

  test("every broker lists all brokers at their addresses once the cluster has started", async () => {
    expect(cluster.brokers.map(({ id, rack }) => `${id} ${rack}`)).toEqual(["1 az1", "2 az2", "3 az3"]);
    for (const broker of cluster.brokers) expect(await told(broker)).toEqual(listOf(cluster));
  });

  test("a new broker is listed, stopped it is fenced and refuses, started it is back, at another address if it moved", async () => {
    const broker = await cluster.addBroker({ rack: "attic" });
    expect(broker).toMatchObject({ id: 4, rack: "attic" });
    for (const by of cluster.brokers) expect(await told(by)).toEqual(listOf(cluster));
    await cluster.stop(broker);
    expect(await refuses(broker)).toBe(true);
    expect(await told(at(cluster.brokers, 0))).toEqual(listOf(cluster, broker));
    const { address } = broker;
    await cluster.start(broker);
    expect(broker.address).toBe(address);
    await cluster.stop(broker);
    await cluster.start(broker, { move: true });
    expect(broker.address).not.toBe(address);
    for (const by of cluster.brokers) expect(await told(by)).toEqual(listOf(cluster));
    await expect(cluster.start(broker)).rejects.toThrow(`broker ${broker.id} is running, not down`);
  });

  test("a killed broker refuses at once, is fenced when its session ends, is gone once unregistered, and can come back", async () => {
    const [first, broker] = [at(cluster.brokers, 0), last()];
    await cluster.kill(broker);
    expect(await refuses(broker)).toBe(true);
    await until(async () => expect(await told(first)).toEqual(listOf(cluster, broker)), { what: "it is fenced", timeoutMs: 5_000 });
    await cluster.unregister(broker);
    expect(cluster.brokers).not.toContain(broker);
    expect(await told(first)).toEqual(listOf(cluster));
    await cluster.start(broker);
    expect(cluster.brokers).toContain(broker);
    expect(await told(first)).toEqual(listOf(cluster));
  });

  test("a live broker that was unregistered goes on running, and is listed again once it was stopped and started", async () => {
    const [first, broker] = [at(cluster.brokers, 0), last()];
    await cluster.unregister(broker);
    expect(await told(first)).toEqual(listOf(cluster));
    expect(await refuses(broker)).toBe(false);
    await cluster.stop(broker);
    expect(await refuses(broker)).toBe(true);
    await cluster.start(broker);
    expect(await told(first)).toEqual(listOf(cluster));
    expect(cluster.brokers).toContain(broker);
  });

  test("a frozen broker accepts connections and answers nothing until it is thawed", async () => {
    const broker = at(cluster.brokers, 1);
    await cluster.freeze(broker);
    try {
      expect(await refuses(broker)).toBe(false);
      await expect(told(broker)).rejects.toThrow("is silent");
    } finally {
      await cluster.thaw(broker);
    }
    expect(await told(broker)).toEqual(listOf(cluster));
  });

  test("without a controller a killed broker stays listed as alive and nothing can be changed, until it is back", async () => {
    const [first, broker] = [at(cluster.brokers, 0), last()];
    await cluster.stopController();
    await expect(describeCluster(Number(cluster.controllerAddress.split(":")[1]), "controllers")).rejects.toThrow("ECONNREFUSED");
    await cluster.kill(broker);
    for (const change of [cluster.addBroker(), cluster.start(broker), cluster.stop(first), cluster.unregister(broker)]) {
      await expect(change).rejects.toThrow("the controller is down");
    }
    expect(await told(first)).toEqual(listOf(cluster));
    await cluster.startController();
    await until(async () => expect(await told(first)).toEqual(listOf(cluster, broker)), { what: "it is fenced" });
    await cluster.start(broker);
    expect(await told(first)).toEqual(listOf(cluster));
  });

  test("a leader is moved to another replica, and a topic's partitions have the replicas that were asked for", async () => {
    await cluster.createTopics([
      { topic: "orders", partitions: 2 },
      { topic: "single", replicas: 1 },
    ]);
    const admin = new Kafka({ ...SILENT, brokers: [at(cluster.brokers, 0).address] }).admin();
    const partitions = async (topic: string) => (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0]?.partitions ?? [];
    const leader = async () => (await partitions("orders")).find(({ partitionId }) => partitionId === 0)?.leader;
    await admin.connect();
    try {
      expect((await partitions("orders")).map(({ replicas }) => replicas.length)).toEqual([3, 3]);
      expect((await partitions("single")).map(({ replicas }) => replicas.length)).toEqual([1]);
      const before = await leader();
      const next = await cluster.moveLeader("orders", 0);
      expect(next).not.toBe(before);
      expect(await leader()).toBe(next);
      await expect(cluster.moveLeader("single", 0)).rejects.toThrow("has no other replica in sync");
    } finally {
      await admin.disconnect();
    }
  });

  test("all brokers are killed and started again with their ids, on other ports", async () => {
    const before = listOf(cluster);
    await cluster.killAll();
    await expect(cluster.createTopics([{ topic: "never" }])).rejects.toThrow("no broker is up");
    expect(await Promise.all(cluster.brokers.map(refuses))).toEqual(cluster.brokers.map(() => true));
    await cluster.startAll({ move: true });
    for (const by of cluster.brokers) expect(await told(by)).toEqual(listOf(cluster));
    expect(listOf(cluster).filter((broker) => before.includes(broker))).toEqual([]);
  });

  test("another cluster takes the address of a broker that is down, which then cannot start there", async () => {
    const broker = last();
    await expect(cluster.startForeign(broker)).rejects.toThrow(`broker ${broker.id} is running, not down`);
    await cluster.stop(broker);
    await using foreign = await cluster.startForeign(broker);
    expect(foreign.clusterId).not.toBe(cluster.clusterId);
    expect(at(foreign.brokers, 0).address).toBe(broker.address);
    expect(await told(broker)).toEqual(listOf(foreign));
    await expect(cluster.start(broker)).rejects.toThrow(`another server listens on ${broker.address}`);
    await cluster.start(broker, { move: true });
    expect(await told(broker)).toEqual(listOf(cluster));
  });

  test("all brokers are replaced: messages and the position of a consumer group have moved to the new ones", async () => {
    const client = () => new Kafka({ logLevel: logLevel.NOTHING, brokers: [at(cluster.brokers, -1).address] });
    const group = () => client().consumer({ groupId: "readers" });
    const send = async (value: string) => {
      const producer = client().producer();
      await producer.connect();
      await producer.send({ topic: "letters", acks: -1, messages: [{ value }] });
      await producer.disconnect();
    };
    await cluster.createTopics([{ topic: "letters" }]);
    await send("one");
    expect(await consumed(group(), "letters", 1)).toEqual(["one"]);
    await send("two");
    const old = cluster.brokers;
    const successors = await cluster.replaceAll();
    expect(successors).toHaveLength(old.length);
    expect(cluster.brokers).toEqual(successors);
    for (const broker of old) expect(await refuses(broker)).toBe(true);
    for (const by of successors) expect(await told(by)).toEqual(listOf(cluster));
    expect(await consumed(group(), "letters", 1)).toEqual(["two"]);
  });
});

describe.skipIf("reason" in kafka)("[kafka 4.4] testbed: access, with all nodes in one process", () => {
  const getsIn = async (brokers: string[], client: RealKafkaCluster["client"]) => {
    const admin = new Kafka({ ...client, ...SILENT, brokers }).admin();
    try {
      await admin.connect();
      return (await admin.describeCluster()).brokers.length > 0;
    } finally {
      await admin.disconnect();
    }
  };

  test("SASL over TLS: a rotated password is the one that counts; what needs a process of its own is refused", async () => {
    if ("reason" in kafka) return;
    await using cluster = await startRealKafka({ ...kafka, processes: false, security: "sasl-tls" });
    const { client } = cluster;
    const { ssl } = client;
    const broker = at(cluster.brokers, 2);
    expect(await getsIn([broker.address], client)).toBe(true);
    const stranger = { ssl: ssl ?? false };
    await expect(getsIn([broker.address], stranger)).rejects.toThrow();
    const { username, password } = client.sasl as { username: string; password: string };
    const old = { ...stranger, sasl: { mechanism: "scram-sha-256" as const, username, password } };
    expect(await getsIn([broker.address], old)).toBe(true);
    await cluster.rotatePassword("another secret");
    for (const { address } of cluster.brokers) {
      await expect(getsIn([address], old)).rejects.toThrow("invalid credentials");
      expect(await getsIn([address], client)).toBe(true);
    }
    expect(cluster.client).toBe(client);

    for (const refused of [cluster.kill(broker), cluster.freeze(broker), cluster.killAll()]) {
      await expect(refused).rejects.toThrow("processes: false");
    }
    await cluster.stop(broker);
    await cluster.start(broker, { move: true });
    expect(await getsIn([broker.address], client)).toBe(true);
    await cluster.stopController();
    await cluster.startController();
    expect((await cluster.addBroker()).id).toBe(4);
  });

  test("TLS: a client needs a certificate", async () => {
    if ("reason" in kafka) return;
    await using cluster = await startRealKafka({ ...kafka, brokers: 1, processes: false, security: "tls" });
    const { address } = at(cluster.brokers, 0);
    expect(await getsIn([address], cluster.client)).toBe(true);
    await expect(getsIn([address], { ssl: { ca: (cluster.client.ssl as { ca: Buffer[] }).ca } })).rejects.toThrow(/certificate/);
    await expect(cluster.rotatePassword("x")).rejects.toThrow("without SASL");
  });
});
