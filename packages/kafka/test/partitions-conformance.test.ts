import { type SourceCapabilities, type SourceHarness, sourceConformance } from "@rollcall/testkit";
import { describe, it } from "vitest";
import { kafkaPartitions } from "../src/kafka-partitions-source.js";
import { type KafkaSimulator, type KafkaSimulatorOptions, type KafkaTestBroker, startKafkaSimulator } from "../src/simulator/index.js";

/** A simulated cluster with a topic that every broker leads a partition of. */
interface KafkaHarness extends SourceHarness {
  readonly cluster: KafkaSimulator;
}

const USER = { mechanism: "SCRAM-SHA-256", username: "app", password: "s3cret-password" } as const;
const WRONG = { mechanism: "scram-sha-256", username: "app", password: "wr0ng-password" } as const;
const TOPICS = ["orders", "unknown"];

async function harness(security?: KafkaSimulatorOptions["security"]): Promise<KafkaHarness> {
  const cluster = await startKafkaSimulator({ sessionMs: 40, security });
  // One replica each: whoever comes back after a move leads the same partition as before.
  await cluster.createTopics([{ topic: "orders", partitions: 3, replicas: 1 }]);
  return {
    cluster,
    seeds: cluster.brokers.map(({ address }) => address),
    source: (seeds) => kafkaPartitions({ seeds, client: cluster.client, topics: TOPICS, hedgeAfterMs: 50 }),
    close: () => cluster[Symbol.asyncDispose](),
  };
}

function brokerOf({ brokers }: KafkaSimulator, find: (broker: KafkaTestBroker) => boolean): KafkaTestBroker {
  const broker = brokers.find(find);
  if (broker === undefined) throw new Error("there is no such broker");
  return broker;
}

const everything: SourceCapabilities<KafkaHarness> = {
  runner: { describe, it },
  severalSeeds: true,
  known: true,
  restore: true,
  connections: ({ cluster }) => cluster.connections,
  move: async ({ cluster }) => {
    const broker = brokerOf(cluster, () => true);
    await cluster.kill(broker);
    await cluster.start(broker, { move: true });
  },
  stopServing: ({ cluster }, { id }) => cluster.freeze(brokerOf(cluster, (broker) => String(broker.id) === id)),
  malformed: async ({ cluster }) => {
    const broker = brokerOf(cluster, () => true);
    const twice = { id: 1, host: "127.0.0.1", port: 9092, fenced: false };
    cluster.answer(broker, { kind: "brokers", brokers: [twice, twice] });
    return [broker.address];
  },
  // A broker that has just started, before it has read the metadata log, lists nobody.
  partial: async ({ cluster }) => {
    const broker = brokerOf(cluster, () => true);
    cluster.answer(broker, { kind: "brokers", brokers: [] });
    return [broker.address];
  },
};

sourceConformance("kafkaPartitions", () => harness(), everything);

sourceConformance("kafkaPartitions as a user", () => harness({ sasl: USER }), {
  ...everything,
  secrets: [USER.password, WRONG.password],
  wrongCredentials: ({ seeds }) => kafkaPartitions({ seeds, client: { sasl: WRONG }, topics: TOPICS }),
});
