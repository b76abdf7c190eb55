import type { Endpoint } from "@rollcall/core";
import * as z from "zod";
import type { KafkaBroker } from "./kafka-broker.js";
import { brokerEndpoint, sameAddress } from "./kafka-brokers-metadata.js";
import { kafkaRefusal } from "./kafka-options.js";
import { brokersAnswer } from "./protocol/brokers-answer.js";

/** One partition of a topic. */
export interface KafkaPartition {
  /** Its number within the topic, from 0. */
  readonly partition: number;
  /** Node id of the leader; `null` while there is none. */
  readonly leader: number | null;
  /**
   * Grows with every change of the leader (KIP-320); `null` where the broker does not tell, or not reliably (Metadata before version 9,
   * KAFKA-9212).
   */
  readonly leaderEpoch: number | null;
  /** Node ids, the preferred leader first. */
  readonly replicas: readonly number[];
  /** Node ids of the replicas in sync, ascending. */
  readonly inSyncReplicas: readonly number[];
  /** Node ids of the replicas that are down, ascending. */
  readonly offlineReplicas: readonly number[];
}

/** One of the topics that were asked for. */
export interface KafkaTopic {
  /**
   * The topic's own id, base64url (KIP-516); another id is another topic of the same name. Absent where the broker does not tell (Metadata
   * before version 10).
   */
  readonly id?: string | undefined;
  /** Why a broker tells nothing of it, in Kafka's words: `UNKNOWN_TOPIC_OR_PARTITION`, `TOPIC_AUTHORIZATION_FAILED`, … Absent when all is well. */
  readonly error?: string | undefined;
  /** By partition number, ascending. With an error: what was known before, until a second broker, or the next answer, says so too; then empty. */
  readonly partitions: readonly KafkaPartition[];
}

/** What a Kafka cluster says of some topics. Plain JSON data. */
export interface KafkaTopics {
  /** Absent where it is unknown (some proxies). */
  readonly clusterId?: string | undefined;
  /** The brokers of the answer, by node id, ascending. */
  readonly brokers: readonly Omit<KafkaBroker, "fenced">[];
  /** By name: every topic that was asked for. */
  readonly topics: Readonly<Record<string, KafkaTopic>>;
}

const nodeId = z.int().min(0);
const nodeIds = z.array(nodeId);

/** {@link KafkaTopic}, read back. */
const storedTopic = z.object({
  id: z.string().optional(),
  error: z.string().optional(),
  partitions: z.array(
    z.object({
      partition: z.int().min(0),
      leader: nodeId.nullable(),
      leaderEpoch: z.int().min(0).nullable(),
      replicas: nodeIds,
      inSyncReplicas: nodeIds,
      offlineReplicas: nodeIds,
    }),
  ),
});

/** {@link KafkaTopics}, read back; {@link brokersAnswer} looks at the brokers. */
const stored = z.object({
  clusterId: z.string().optional(),
  brokers: z.array(z.object({ id: z.int(), host: z.string(), port: z.int(), rack: z.string().optional() })),
  topics: z.custom<object>((value) => typeof value === "object" && value !== null, "topics by name"),
});

/**
 * Turns a stored answer, parsed from JSON, back into what was stored.
 *
 * @param names - the topics that it must tell of; others are left out
 * @throws DiscoveryError `MALFORMED_RESPONSE`, saying what does not fit.
 */
export function readStoredTopics(data: unknown, names: readonly string[]): KafkaTopics {
  const read = checked(stored, data, "what was stored");
  const { clusterId, brokers } = brokersAnswer(
    read.clusterId ?? null,
    read.brokers.map((broker) => ({ ...broker, fenced: false })),
  );
  // One by one: a record of zod passes over a topic that is called __proto__.
  const topics = names.map((name) => {
    const value: unknown = Object.hasOwn(read.topics, name) ? (read.topics as Record<string, unknown>)[name] : undefined;
    return [name, checked(storedTopic, value, `what was stored of the topic ${name}`)] as const;
  });
  return { clusterId, brokers: brokers.map(withoutFenced), topics: Object.fromEntries(topics) };
}

/** A broker as Metadata tells of it: fenced ones it leaves out. */
export function withoutFenced({ id, host, port, rack }: KafkaBroker): KafkaTopics["brokers"][number] {
  return { id, host, port, rack };
}

/** What is known of a topic; undefined if it was not asked for, whatever its name. */
export function topicOf({ topics }: Pick<KafkaTopics, "topics">, name: string): KafkaTopic | undefined {
  return Object.hasOwn(topics, name) ? topics[name] : undefined;
}

/** The brokers that lead a partition. A leader whose address is not known, because it is down or still starting, is none of them. */
export function leaderEndpoints({ brokers, topics }: KafkaTopics): readonly Endpoint[] {
  const leaders = new Set(Object.values(topics).flatMap(({ partitions }) => partitions.map(({ leader }) => leader)));
  return brokers.filter(({ id }) => leaders.has(id)).map(brokerEndpoint);
}

/**
 * Whether two answers say the same, in-sync and offline replicas included: they decide whether a write with `acks=all` can succeed, and a
 * version that went on with old ones would be untrue for as long as no leader moves. There is at most one version per poll however they
 * change, and their order means nothing.
 */
export function sameTopics(before: KafkaTopics, after: KafkaTopics): boolean {
  const names = Object.keys(before.topics);
  return (
    before.clusterId === after.clusterId &&
    same(before.brokers, after.brokers, (a, b) => a.id === b.id && a.rack === b.rack && sameAddress(a, b)) &&
    names.length === Object.keys(after.topics).length &&
    names.every((name) => sameTopic(topicOf(before, name), topicOf(after, name)))
  );
}

function sameTopic(a: KafkaTopic | undefined, b: KafkaTopic | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return a.id === b.id && a.error === b.error && same(a.partitions, b.partitions, samePartition);
}

function samePartition(a: KafkaPartition, b: KafkaPartition): boolean {
  return (
    a.partition === b.partition &&
    a.leader === b.leader &&
    a.leaderEpoch === b.leaderEpoch &&
    same(a.replicas, b.replicas, Object.is) &&
    same(a.inSyncReplicas, b.inSyncReplicas, Object.is) &&
    same(a.offlineReplicas, b.offlineReplicas, Object.is)
  );
}

function same<T>(before: readonly T[], after: readonly T[], isSame: (a: T, b: T) => boolean): boolean {
  return before.length === after.length && before.every((item, index) => isSame(item, after[index] as T));
}

function checked<T>(schema: z.ZodType<T>, data: unknown, what: string): T {
  const { data: read, error } = schema.safeParse(data);
  if (read === undefined) throw kafkaRefusal("MALFORMED_RESPONSE", `${what} does not fit: ${z.prettifyError(error as z.ZodError)}`);
  return read;
}
