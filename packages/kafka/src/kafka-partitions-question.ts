import { CONTROLLER_LISTENER } from "./kafka-error.js";
import { kafkaRefusal } from "./kafka-options.js";
import { type KafkaTopic, type KafkaTopics, withoutFenced } from "./kafka-partitions-metadata.js";
import type { KafkaQuestion } from "./kafka-round.js";
import { commonVersion } from "./protocol/common-version.js";
import { METADATA, metadataRequest, readMetadata, type TopicAnswer } from "./protocol/metadata.js";

/** The first version whose epochs can be relied on: before Kafka 2.4 a reassignment leaves old ones in the brokers' caches (KAFKA-9212). */
const RELIABLE_EPOCHS = 9;

/** The first version in which a client can say that no topic may be created (`allow_auto_topic_creation`, KIP-4; Kafka 0.11). */
const CREATES_NOTHING = 4;

/**
 * Asks one broker for some topics by Metadata, and for nothing else; it creates none.
 *
 * The question rejects with `MALFORMED_RESPONSE` if whoever listens there is no broker or too old, or the answer cannot be read or leaves a topic
 * out, and with `EMPTY_METADATA` if it lists no broker.
 */
export function askTopics(names: readonly string[]): KafkaQuestion<KafkaTopics> {
  return async (connection, options) => {
    const { versions } = connection;
    const version = commonVersion(versions.get(METADATA), CREATES_NOTHING, 13);
    if (version === undefined) {
      const problem = versions.has(METADATA) ? "whoever listens there does not offer Metadata 4 to 13" : CONTROLLER_LISTENER;
      throw kafkaRefusal("MALFORMED_RESPONSE", problem);
    }
    const answer = readMetadata(await connection.send(metadataRequest(version, names), options), version);
    // A broker that has just started may list nobody yet.
    if (answer.brokers.length === 0) throw kafkaRefusal("EMPTY_METADATA", "no broker is listed");
    const told = new Map(answer.topics.map((topic) => [topic.name, topic]));
    const topics = names.map((name) => [name, readTopic(name, told.get(name), version)] as const);
    return { clusterId: answer.clusterId, brokers: answer.brokers.map(withoutFenced), topics: Object.fromEntries(topics) };
  };
}

function readTopic(name: string, told: TopicAnswer | undefined, version: number): KafkaTopic {
  if (told === undefined) throw kafkaRefusal("MALFORMED_RESPONSE", `the answer leaves out the topic ${name}, which was asked for`);
  if (told.error !== undefined) return { error: told.error, partitions: [] };
  const partitions = told.partitions.map(({ partition, leader, leaderEpoch, replicas, inSyncReplicas, offlineReplicas }) => ({
    partition,
    leader,
    leaderEpoch: version < RELIABLE_EPOCHS ? null : leaderEpoch,
    replicas,
    inSyncReplicas: ascending(inSyncReplicas),
    offlineReplicas: ascending(offlineReplicas),
  }));
  return { id: told.id, partitions };
}

/** These are sets: brokers list them in any order. */
function ascending(ids: readonly number[]): readonly number[] {
  return [...ids].sort((a, b) => a - b);
}
