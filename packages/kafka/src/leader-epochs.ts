import { type KafkaPartition, type KafkaTopic, type KafkaTopics, topicOf } from "./kafka-partitions-metadata.js";

/**
 * What to believe after another answer, which may come from a broker that lags behind.
 *
 * - Within one topic id leader epochs only grow (KIP-320), and partitions are never taken away: an older or a missing one is lag, and what was
 *   known stays. Epochs that are not told cannot be compared: then the answer counts.
 * - Another id is another topic (KIP-516), whose epochs begin anew. An id that is not told is no other.
 * - An error says nothing of the partitions: they stay, beside the error, until it is said twice in a row.
 * - Whoever leads what stays, stays as well, where it was: a broker that lags behind may not have heard of it, or of its move.
 */
export function mergeTopics(before: KafkaTopics, answer: KafkaTopics): KafkaTopics {
  const topics = mapTopics(answer, (after, name) => mergeTopic(topicOf(before, name), after));
  return { ...answer, brokers: brokersFor(answer, topics, before.brokers), topics };
}

/**
 * What to believe after a second broker was asked for the topics in doubt: it has the last word on them, as far as it is not older than what was
 * known before.
 *
 * @param first - the first answer, and what it made of `before`
 */
export function settleTopics(
  before: KafkaTopics,
  { answer, merged }: { readonly answer: KafkaTopics; readonly merged: KafkaTopics },
  second: KafkaTopics,
): KafkaTopics {
  const settled = mapTopics(second, (after, name) => {
    const first = topicOf(merged, name);
    const goesOn = after.error !== undefined || (first?.error === undefined && first?.id === after.id);
    return mergeTopic(goesOn ? first : topicOf(before, name), after);
  });
  const topics = mapTopics(merged, (topic, name) => topicOf({ topics: settled }, name) ?? topic);
  return { ...merged, brokers: brokersFor(answer, topics, [...before.brokers, ...second.brokers]), topics };
}

/** The topics on which somebody else may know better: lag would explain what the answer says of them. */
export function doubtful(before: KafkaTopics, answer: KafkaTopics): readonly string[] {
  return Object.keys(answer.topics).filter((name) => {
    const [known, after] = [topicOf(before, name), topicOf(answer, name)];
    if (known === undefined || after === undefined || known.partitions.length === 0) return false;
    return after.error !== undefined || isAnother(known, after) || newer(known, after).length > 0;
  });
}

function mergeTopic(before: KafkaTopic | undefined, after: KafkaTopic): KafkaTopic {
  if (before === undefined || before.partitions.length === 0) return after;
  if (after.error !== undefined) return before.error === undefined ? { ...before, error: after.error } : after;
  if (isAnother(before, after)) return after;
  const byNumber = new Map([...after.partitions, ...newer(before, after)].map((partition) => [partition.partition, partition]));
  return { id: after.id ?? before.id, partitions: [...byNumber.values()].sort((a, b) => a.partition - b.partition) };
}

/** The known partitions of the same topic that an answer leaves out, or tells an older epoch of. */
function newer(before: KafkaTopic, after: KafkaTopic): readonly KafkaPartition[] {
  const told = new Map(after.partitions.map((partition) => [partition.partition, partition]));
  return before.partitions.filter((known) => {
    const partition = told.get(known.partition);
    if (partition === undefined) return after.id !== undefined; // without an id it may be another topic, of fewer partitions
    return known.leaderEpoch !== null && partition.leaderEpoch !== null && partition.leaderEpoch < known.leaderEpoch;
  });
}

function isAnother(before: KafkaTopic, after: KafkaTopic): boolean {
  return before.id !== undefined && after.id !== undefined && before.id !== after.id;
}

/** The brokers of `base`, but whoever leads a partition that is not from there as `others` know them, the last of them first. */
function brokersFor(base: KafkaTopics, topics: KafkaTopics["topics"], others: KafkaTopics["brokers"]): KafkaTopics["brokers"] {
  const told = new Set(partitionsOf(base.topics));
  const leaders = new Set(partitionsOf(topics).flatMap((partition) => (told.has(partition) ? [] : (partition.leader ?? []))));
  const kept = others.filter(({ id }) => leaders.has(id));
  const byId = new Map([...base.brokers, ...kept].map((broker) => [broker.id, broker]));
  return [...byId.values()].sort((a, b) => a.id - b.id);
}

function partitionsOf(topics: KafkaTopics["topics"]): readonly KafkaPartition[] {
  return Object.values(topics).flatMap(({ partitions }) => partitions);
}

function mapTopics({ topics }: KafkaTopics, change: (topic: KafkaTopic, name: string) => KafkaTopic): KafkaTopics["topics"] {
  return Object.fromEntries(Object.entries(topics).map(([name, topic]) => [name, change(topic, name)]));
}
