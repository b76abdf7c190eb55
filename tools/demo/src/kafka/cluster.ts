import { setTimeout as wait } from "node:timers/promises";
import { type KafkaSimulatorOptions, type KafkaTestCluster, startKafkaSimulator } from "@rollcall/kafka/simulator";
import { findKafka, KafkaReader, kafkaApplication, provisionKafka, startRealKafka } from "@rollcall/testbed";

/** Where everybody writes. */
export const TOPIC = "orders";

const TOPICS = [{ topic: TOPIC, partitions: 3 }];
/** The replacement rests as long four times, to be watched. */
const SESSION_MS = 1_000;
/** More than a new consumer group needs on a slow machine. */
const READ_MS = 30_000;
const LOOK_EVERY_MS = 100;

/** A cluster whose topic can be read back. */
export interface ReadableKafka extends AsyncDisposable {
  readonly cluster: Pick<KafkaTestCluster, "brokers" | "client" | "replaceAll">;
  /** The messages of the topic: all of them, or as many as `isEnough` wants, or as could be read in 30 s. */
  read(isEnough: (read: ReadonlySet<string>) => boolean): Promise<ReadonlySet<string>>;
}

/**
 * Starts the cluster of three that the story is about: Kafka itself if `real`, else the simulator. `print` takes a line before whatever takes
 * long. Rejects with the reason in one line when Kafka cannot be had or does not start.
 */
export async function startKafka(real: boolean, print: (line: string) => void): Promise<ReadableKafka> {
  if (!real) {
    print("A cluster of three, simulated in this process; --real takes Kafka itself. The story takes about 20 s.");
    return simulateKafka({ sessionMs: SESSION_MS });
  }
  if ((await findKafka()) === undefined) print("Fetching Kafka with Maven, this once: about half a minute.");
  const kafka = await provisionKafka();
  print(`Starting Kafka ${kafka.version}, three brokers and a controller, a process each. The story takes about a minute.`);
  const cluster = await startRealKafka(kafka);
  return readable(cluster, (isEnough) => consume(cluster, isEnough));
}

/** The simulator, with a topic that can be read back. */
export async function simulateKafka(options: KafkaSimulatorOptions): Promise<ReadableKafka> {
  const cluster = await startKafkaSimulator(options);
  return readable(cluster, async () => new Set(cluster.records(TOPIC).map(({ value }) => String(value))));
}

async function readable(cluster: KafkaTestCluster, read: ReadableKafka["read"]): Promise<ReadableKafka> {
  const end = () => cluster[Symbol.asyncDispose]();
  try {
    await cluster.createTopics(TOPICS);
  } catch (error) {
    await end();
    throw error;
  }
  return { cluster, read, [Symbol.asyncDispose]: end };
}

async function consume(
  { client, brokers }: KafkaTestCluster,
  isEnough: Parameters<ReadableKafka["read"]>[0],
): Promise<ReadonlySet<string>> {
  const kafka = kafkaApplication(
    client,
    brokers.map(({ address }) => address),
  );
  const reader = new KafkaReader(kafka, TOPIC, "audience");
  const deadline = performance.now() + READ_MS;
  try {
    await reader.start();
    while (!isEnough(reader.read) && performance.now() < deadline) await wait(LOOK_EVERY_MS);
    return reader.read;
  } finally {
    await reader.close();
  }
}
