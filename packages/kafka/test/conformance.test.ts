import type { MetadataSource } from "@rollcall/core";
import { type SourceCapabilities, type SourceHarness, sourceConformance } from "@rollcall/testkit";
import { describe, it } from "vitest";
import type { KafkaClientOptions } from "../src/index.js";
import { kafkaBrokers } from "../src/kafka-brokers-source.js";
import { kafkaPartitions } from "../src/kafka-partitions-source.js";
import { type KafkaSimulator, type KafkaSimulatorOptions, type KafkaTestBroker, startKafkaSimulator } from "../src/simulator/index.js";

/** How a source of one kind is made. */
type Make = (options: {
  readonly seeds: readonly string[];
  readonly client: KafkaClientOptions;
  readonly hedgeAfterMs: number;
}) => MetadataSource<unknown>;

/** A simulated cluster with a topic that every broker leads a partition of. */
interface KafkaHarness extends SourceHarness {
  readonly cluster: KafkaSimulator;
}

const USER = { mechanism: "SCRAM-SHA-256", username: "app", password: "s3cret-password" } as const;
const WRONG = { mechanism: "scram-sha-256", username: "app", password: "wr0ng-password" } as const;

const MAKERS: Readonly<Record<string, Make>> = {
  kafkaBrokers,
  kafkaPartitions: (options) => kafkaPartitions({ ...options, topics: ["orders", "unknown"] }),
};

async function harness(make: Make, security?: KafkaSimulatorOptions["security"]): Promise<KafkaHarness> {
  const cluster = await startKafkaSimulator({ sessionMs: 40, security });
  // One replica each: whoever comes back after a move leads the same partition as before.
  await cluster.createTopics([{ topic: "orders", partitions: 3, replicas: 1 }]);
  return {
    cluster,
    seeds: cluster.brokers.map(({ address }) => address),
    source: (seeds) => make({ seeds, client: cluster.client, hedgeAfterMs: 50 }),
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

for (const [name, make] of Object.entries(MAKERS)) {
  sourceConformance(name, () => harness(make), everything);

  sourceConformance(`${name} as a user`, () => harness(make, { sasl: USER }), {
    ...everything,
    secrets: [USER.password, WRONG.password],
    wrongCredentials: ({ seeds }) => make({ seeds, client: { sasl: WRONG }, hedgeAfterMs: 50 }),
  });
}
