import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { KafkaTopics } from "../src/kafka-partitions-metadata.js";
import { kafkaPartitions } from "../src/kafka-partitions-source.js";
import { type KafkaSimulator, type KafkaTestBroker, startKafkaSimulator } from "../src/simulator/index.js";
import { context } from "./support/fake-cluster.js";

/** However busy the machine is, nobody else is asked for that. */
const PATIENT = { hedgeAfterMs: 10_000, attemptTimeoutMs: 10_000 };

const cleanUps: AsyncDisposable[] = [];

afterEach(async () => {
  for (const thing of cleanUps.splice(0)) await thing[Symbol.asyncDispose]();
});

async function started(): Promise<KafkaSimulator> {
  const cluster = await startKafkaSimulator();
  cleanUps.push(cluster);
  return cluster;
}

/** What one poll costs on the wire, connecting included. */
async function costOf(cluster: KafkaSimulator, topics: readonly string[]): Promise<{ readonly out: number; readonly in: number }> {
  const sockets: Socket[] = [];
  const socketFactory = ({ host, port, onConnect }: { host: string; port: number; onConnect: () => void }): Socket => {
    const socket = connect({ host, port }, onConnect);
    sockets.push(socket);
    return socket;
  };
  const seeds = cluster.brokers.map(({ address }) => address);
  await kafkaPartitions({ seeds, topics, client: { ...cluster.client, socketFactory }, ...PATIENT }).fetch(context());
  expect(sockets).toHaveLength(1);
  return { out: sockets[0]?.bytesWritten ?? 0, in: sockets[0]?.bytesRead ?? 0 };
}

/** Asks a cluster again and again, each time with what was believed before. */
function asker(cluster: KafkaSimulator, topics: readonly string[]): () => Promise<KafkaTopics> {
  const [first] = cluster.brokers;
  const source = kafkaPartitions({ seeds: [first?.address ?? ""], client: cluster.client, topics, ...PATIENT });
  let previous: KafkaTopics | undefined;
  return async () => {
    const known = previous === undefined ? [] : [...source.endpoints(previous)];
    previous = await source.fetch(context({ previous, known }));
    return previous;
  };
}

const leadersOf = ({ topics }: KafkaTopics) => topics["orders"]?.partitions.map(({ leader }) => leader);

describe("partitions of a simulated cluster", () => {
  it("cost grows with the named topics only", async () => {
    const cluster = await started();
    await cluster.createTopics([
      { topic: "a", partitions: 2 },
      { topic: "b", partitions: 2 },
    ]);
    const alone = await costOf(cluster, ["a"]);
    await cluster.createTopics(Array.from({ length: 200 }, (_, index) => ({ topic: `other-${index}`, partitions: 10 })));
    expect(await costOf(cluster, ["a"])).toEqual(alone);
    const both = await costOf(cluster, ["a", "b"]);
    const [asked, topic, partitionOfThreeReplicas] = [19, 27, 42];
    expect(both.out - alone.out).toBe(asked);
    expect(both.in - alone.in).toBe(topic + 2 * partitionOfThreeReplicas);
  });

  it("a leader that moved is known with the next answer, in a newer epoch", async () => {
    const cluster = await started();
    await cluster.createTopics([{ topic: "orders", partitions: 2 }]);
    const ask = asker(cluster, ["orders"]);
    const before = await ask();
    const leader = await cluster.moveLeader("orders", 0);
    const after = await ask();
    const [was, is] = [before, after].map(({ topics }) => topics["orders"]?.partitions[0]);
    expect(is?.leader).toBe(leader);
    expect(is?.leaderEpoch).toBe((was?.leaderEpoch ?? Number.NaN) + 1);
  });

  it("a broker that lags behind takes back neither a leader nor a topic", async () => {
    const cluster = await started();
    const [lagging] = cluster.brokers;
    if (lagging === undefined) throw new Error("there is no broker");
    await cluster.createTopics([{ topic: "orders", partitions: 3 }]);
    const ask = asker(cluster, ["orders", "late"]);
    await ask();
    cluster.lag(lagging, true);
    const leader = await cluster.moveLeader("orders", 0);
    await cluster.createTopics([{ topic: "late" }]);
    const onlyAnswer = (...brokers: readonly KafkaTestBroker[]): void => {
      for (const broker of cluster.brokers) cluster.answer(broker, brokers.includes(broker) ? undefined : { kind: "close" });
    };
    onlyAnswer(...cluster.brokers.filter((broker) => broker !== lagging));
    const moved = await ask();
    expect(leadersOf(moved)?.[0]).toBe(leader);
    onlyAnswer(lagging);
    const again = await ask();
    expect(leadersOf(again)?.[0]).toBe(leader);
    expect(moved.topics["late"]?.partitions).toHaveLength(1);
    expect(again.topics["late"]).toEqual({ ...moved.topics["late"], error: "UNKNOWN_TOPIC_OR_PARTITION" });
    onlyAnswer(...cluster.brokers);
    expect(await ask()).toEqual(moved);
  });

  it("asking for topics creates none", async () => {
    const cluster = await started();
    await cluster.createTopics([{ topic: "orders" }]);
    const ask = asker(cluster, ["orders", "never"]);
    for (let poll = 0; poll < 3; poll += 1) {
      expect((await ask()).topics["never"]).toEqual({ error: "UNKNOWN_TOPIC_OR_PARTITION", partitions: [] });
    }
    expect(cluster.requests.get("CreateTopics") ?? 0).toBe(0);
  });
});
