import { MetadataPoller } from "@rollcall/core";
import { kafkaBrokers } from "@rollcall/kafka";
import { kafkaApplication } from "@rollcall/testbed";
import { Partitioners } from "kafkajs";
import type { StartWay, Way } from "../poll/measure-polls.js";

/** A cluster. */
export interface Asked {
  /** Addresses of its brokers. */
  readonly brokers: readonly string[];
  /** Names of its topics; at least one. */
  readonly topics: readonly string[];
}

const FLOOR_MS = 10;
/** What `Date.now()` is past at once. */
const NEVER_FRESH_MS = -1;

/** The ways to learn the brokers, as the table calls them. */
export type WayName =
  | "kafkajs `admin.describeCluster()`"
  | "kafkajs producer's refresh, 1 topic"
  | "kafkajs producer's refresh, all topics"
  | "Rollcall `kafkaBrokers`";

/** How each way begins, in the order of the table. */
export const WAYS: Readonly<Record<WayName, StartWay<Asked>>> = {
  "kafkajs `admin.describeCluster()`": describeCluster,
  "kafkajs producer's refresh, 1 topic": ({ topics, ...asked }) => producerRefresh({ ...asked, topics: topics.slice(0, 1) }),
  "kafkajs producer's refresh, all topics": producerRefresh,
  "Rollcall `kafkaBrokers`": rollcall,
};

async function describeCluster({ brokers }: Asked): Promise<Way> {
  const admin = kafkaApplication({}, [...brokers]).admin();
  await admin.connect();
  return { poll: () => admin.describeCluster(), pauseMs: 0, close: () => admin.disconnect() };
}

/**
 * What kafkajs does each `metadataMaxAge` when a producer sends: it asks for the topics that the producer has ever sent to, and for the brokers by the way. A batch
 * without messages makes it do that and nothing else.
 */
async function producerRefresh({ brokers, topics }: Asked): Promise<Way> {
  const options = { metadataMaxAge: NEVER_FRESH_MS, allowAutoTopicCreation: false, createPartitioner: Partitioners.DefaultPartitioner };
  const producer = kafkaApplication({}, [...brokers]).producer(options);
  await producer.connect();
  const sendNothing = (to: readonly string[]) => producer.sendBatch({ topicMessages: to.map((topic) => ({ topic, messages: [] })) });
  await sendNothing(topics);
  return { poll: () => sendNothing(topics.slice(0, 1)), pauseMs: 0, close: () => producer.disconnect() };
}

async function rollcall({ brokers }: Asked): Promise<Way> {
  const poller = new MetadataPoller(kafkaBrokers({ seeds: brokers }), { minIntervalMs: FLOOR_MS });
  poller.subscribe(() => undefined);
  await poller.ready();
  return { poll: () => poller.refresh(), pauseMs: 2 * FLOOR_MS, close: () => poller.close() };
}
