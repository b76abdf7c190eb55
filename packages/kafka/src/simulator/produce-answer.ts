import type { ClusterImage, ImagePartition } from "./cluster-image.js";
import type { CommitLog } from "./commit-log.js";
import { readRecordBatch, UnknownCompression } from "./record-batch.js";
import { type Body, bodyFor, type Request } from "./request.js";

const CORRUPT_MESSAGE = 2;
const UNKNOWN_TOPIC_OR_PARTITION = 3;
const NOT_LEADER_OR_FOLLOWER = 6;
const UNSUPPORTED_COMPRESSION_TYPE = 76;

/** Who takes what is produced. */
export interface Appender {
  readonly id: number;
  /** What this broker believes. */
  readonly view: ClusterImage;
  /** What is so. A leader that does not know that it leads no more gets nothing replicated: whatever it took would be lost. */
  readonly truth: ClusterImage;
  readonly log: CommitLog;
}

interface Appended {
  readonly partition: number;
  readonly error: number;
  readonly offset: number;
}

/** Appends what a producer sends and answers Produce; undefined for `acks=0`. */
export function produceAnswer(request: Request, appender: Appender): Body | undefined {
  const { body: asked, version } = request;
  asked.nullableString(); // transactional id
  const acks = asked.int16();
  asked.int32(); // timeout
  const topics = asked.array(() => {
    const name = asked.string();
    const appended = asked.array(() => append(appender, name, asked.int32(), asked.nullableBytes() ?? new Uint8Array()));
    return { name, appended };
  });
  return acks === 0 ? undefined : write(bodyFor(request), version, topics);
}

function append({ id, view, truth, log }: Appender, topic: string, partition: number, bytes: Uint8Array): Appended {
  const failed = (error: number): Appended => ({ partition, error, offset: -1 });
  const believed = partitionOf(view, topic, partition);
  if (believed === undefined) return failed(UNKNOWN_TOPIC_OR_PARTITION);
  if (believed.leader !== id || partitionOf(truth, topic, partition)?.leader !== id) return failed(NOT_LEADER_OR_FOLLOWER);
  try {
    const { records, sequence } = readRecordBatch(bytes);
    return { partition, error: 0, offset: log.append(topic, partition, records, sequence) };
  } catch (error) {
    return failed(error instanceof UnknownCompression ? UNSUPPORTED_COMPRESSION_TYPE : CORRUPT_MESSAGE);
  }
}

function partitionOf({ topics }: ClusterImage, topic: string, partition: number): ImagePartition | undefined {
  return topics.find(({ name }) => name === topic)?.partitions[partition];
}

function write(body: Body, version: number, topics: readonly { readonly name: string; readonly appended: readonly Appended[] }[]): Body {
  body.array(topics, ({ name, appended }) => {
    body.string(name).array(appended, ({ partition, error, offset }) => {
      body.int32(partition).int16(error).int64(String(offset)).int64("-1"); // append time: the producer's own counts
      if (version >= 5) body.int64("0"); // log start
    });
  });
  return body.int32(0); // throttle time
}
