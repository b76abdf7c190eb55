import type { KafkaBroker } from "../../src/kafka-broker.js";
import { WireWriter } from "../../src/protocol/wire-writer.js";

/** The cluster id of every answer, 22 characters as Kafka makes them. */
export const CLUSTER_ID = "4L6g3nShT-eMCtK--X86sw";

/** A topic id. */
export const TOPIC_ID = "AAECAwQFBgcICQoLDA0ODw";

/** Three brokers on 127.0.0.1, each in a rack; the third is down. */
export const BROKERS: readonly KafkaBroker[] = [1, 2, 3].map((id) => ({
  ...{ id, host: "127.0.0.1", port: 9090 + id, rack: `az${id}`, fenced: id === 3 },
}));

/** The body of an answer to DescribeCluster 0 to 2. */
export function describeClusterAnswer(version: number, brokers: readonly KafkaBroker[] = BROKERS): Uint8Array {
  const wire = new WireWriter(true).tags().int32(0).int16(0).string(null);
  if (version >= 1) wire.int8(1);
  wire.string(CLUSTER_ID).int32(2);
  wire.array(brokers, ({ id, host, port, rack = null, fenced }) => {
    wire.int32(id).string(host).int32(port).string(rack);
    if (version >= 2) wire.boolean(fenced);
    wire.tags();
  });
  return wire.int32(-2147483648).tags().finish();
}

/** A topic of an answer. */
export interface AnsweredTopic {
  readonly name: string;
  readonly error?: number;
  readonly id?: string | null;
  readonly partitions?: readonly AnsweredPartition[];
}

/** A partition of an answer. */
export interface AnsweredPartition {
  readonly partition: number;
  readonly error?: number;
  readonly leader: number;
  readonly epoch?: number;
  readonly replicas?: readonly number[];
  readonly inSync?: readonly number[];
  readonly offline?: readonly number[];
}

/** The body of an answer to Metadata 1 to 13. */
export function metadataAnswer(
  version: number,
  { brokers = BROKERS, topics = [] as readonly AnsweredTopic[], error = 0 } = {},
): Uint8Array {
  const wire = new WireWriter(version >= 9).tags();
  if (version >= 3) wire.int32(0);
  wire.array(brokers, ({ id, host, port, rack = null }) => {
    wire.int32(id).string(host).int32(port).string(rack).tags();
  });
  if (version >= 2) wire.string(CLUSTER_ID);
  wire.int32(2);
  wire.array(topics, (topic) => writeTopic(wire, version, topic));
  if (version >= 8 && version <= 10) wire.int32(-2147483648);
  if (version >= 13) wire.int16(error);
  return wire.tags().finish();
}

function writeTopic(wire: WireWriter, version: number, { name, error = 0, id = TOPIC_ID, partitions = [] }: AnsweredTopic): void {
  wire.int16(error).string(name);
  if (version >= 10) wire.uuid(id);
  wire.boolean(false).array(partitions, (one) => {
    const { partition, leader, epoch = -1, replicas = [], inSync = replicas, offline = [] } = one;
    wire
      .int16(one.error ?? 0)
      .int32(partition)
      .int32(leader);
    if (version >= 7) wire.int32(epoch);
    const lists = version >= 5 ? [replicas, inSync, offline] : [replicas, inSync];
    for (const list of lists) wire.array(list, (id) => wire.int32(id));
    wire.tags();
  });
  if (version >= 8) wire.int32(-2147483648);
  wire.tags();
}

/** What a client sends or reads in all: the frame's length and header come on top of the body. */
export const frameBytes = {
  request: (body: Uint8Array, clientId: string): number => 4 + 2 + 2 + 4 + 2 + clientId.length + body.length,
  answer: (body: Uint8Array): number => 4 + 4 + body.length,
};
