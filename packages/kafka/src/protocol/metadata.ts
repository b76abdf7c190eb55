import { DiscoveryError } from "@rollcall/core";
import { answerError, errorName } from "../kafka-error.js";
import type { KafkaPartition } from "../kafka-partitions-metadata.js";
import type { KafkaRequest } from "../kafka-transport.js";
import { type BrokersAnswer, brokersAnswer } from "./brokers-answer.js";
import { WireReader } from "./wire-reader.js";
import { WireWriter } from "./wire-writer.js";

/** The api key of Metadata. */
export const METADATA = 3;

/** One partition in an answer. */
export interface PartitionAnswer extends KafkaPartition {
  /** In Kafka's words; absent when all is well. */
  readonly error: string | undefined;
}

/** One topic in an answer. */
export interface TopicAnswer {
  readonly name: string;
  /** Base64url; absent before version 10 and of a topic that does not exist. */
  readonly id: string | undefined;
  /** In Kafka's words; absent when all is well. */
  readonly error: string | undefined;
  /** By partition number, ascending. */
  readonly partitions: readonly PartitionAnswer[];
}

/** What Metadata answers. */
export interface MetadataAnswer extends BrokersAnswer {
  readonly topics: readonly TopicAnswer[];
}

/**
 * Asks for the brokers and the named topics, never for all topics; asking creates none. 26 to 29 bytes with no topics and a client id of eight characters.
 *
 * @param version - 1 to 13, with topics 4 to 13: in version 0 no topics are all topics, and before 4 a broker creates the topics that it is asked for. Raises a
 * `RangeError` below.
 */
export function metadataRequest(version: number, topics: readonly string[]): KafkaRequest {
  const oldest = topics.length === 0 ? 1 : 4;
  if (version < oldest) throw new RangeError(`Metadata version ${version} cannot be asked for ${topics.length} topics`);
  const body = new WireWriter(version >= 9).tags();
  body.array(topics, (name) => {
    if (version >= 10) body.uuid(null);
    body.string(name).tags();
  });
  if (version >= 4) body.boolean(false); // allow auto topic creation
  if (version >= 8 && version <= 10) body.boolean(false); // the cluster's authorized operations
  if (version >= 8) body.boolean(false); // the topics' authorized operations
  return { apiKey: METADATA, apiVersion: version, apiName: "Metadata", body: body.tags().finish() };
}

/**
 * Reads the answer to {@link metadataRequest}: everything that follows the correlation id. Bytes after its end are passed over. Raises `MALFORMED_RESPONSE`, or what
 * the error code of version 13 means (KIP-1102). The controller's id is not read: with KRaft it is any broker, another one each time (`KRaftMetadataCache`).
 */
export function readMetadata(bytes: Uint8Array, version: number): MetadataAnswer {
  const wire = new WireReader(bytes, version >= 9);
  wire.tags();
  if (version >= 3) wire.int32(); // throttle time
  const brokers = wire.array(() => {
    const broker = { id: wire.int32(), host: wire.string(), port: wire.int32(), rack: wire.nullableString() ?? undefined, fenced: false };
    wire.tags();
    return broker;
  });
  const clusterId = version >= 2 ? wire.nullableString() : null;
  wire.int32(); // controller
  const topics = wire.array(() => topic(wire, version));
  if (version >= 8 && version <= 10) wire.int32(); // the cluster's authorized operations
  const error = version >= 13 ? wire.int16() : 0;
  wire.tags();
  if (error !== 0) throw answerError(error, "Metadata");
  distinct(topics.map(({ name }) => name));
  return { ...brokersAnswer(clusterId, brokers), topics };
}

function topic(wire: WireReader, version: number): TopicAnswer {
  const error = errorName(wire.int16());
  const name = wire.string();
  const id = version >= 10 ? wire.uuid() : null;
  wire.boolean(); // whether it is one of Kafka's own
  const partitions = wire.array(() => partition(wire, version)).sort((one, other) => one.partition - other.partition);
  if (version >= 8) wire.int32(); // authorized operations
  wire.tags();
  distinct(partitions.map((one) => `${name}-${one.partition}`));
  return { name, id: id ?? undefined, error, partitions };
}

function partition(wire: WireReader, version: number): PartitionAnswer {
  const numbers = () => wire.array(() => wire.int32());
  const answer = {
    error: errorName(wire.int16()),
    partition: wire.int32(),
    leader: orNull(wire.int32()),
    leaderEpoch: version >= 7 ? orNull(wire.int32()) : null,
    replicas: numbers(),
    inSyncReplicas: numbers(),
    offlineReplicas: version >= 5 ? numbers() : [],
  };
  wire.tags();
  return answer;
}

/** -1 stands for "none" on the wire. */
function orNull(value: number): number | null {
  return value < 0 ? null : value;
}

function distinct(names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw new DiscoveryError("MALFORMED_RESPONSE", `the answer lists "${name}" twice`, { source: "kafka" });
    seen.add(name);
  }
}
