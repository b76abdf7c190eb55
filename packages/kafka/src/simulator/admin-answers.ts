import { unfenced, withTopic } from "./cluster-image.js";
import type { CommitLog } from "./commit-log.js";
import type { Controller } from "./controller.js";
import { newUuid } from "./new-uuid.js";
import { type Body, bodyFor, type Request } from "./request.js";
import { isTopicName } from "./topic-name.js";

const REQUEST_TIMED_OUT = 7;
const COORDINATOR_LOAD_IN_PROGRESS = 14;
const NOT_COORDINATOR = 16;
const INVALID_TOPIC = 17;
const TOPIC_ALREADY_EXISTS = 36;
const INVALID_PARTITIONS = 37;
const INVALID_REPLICATION_FACTOR = 38;
const INVALID_REPLICA_ASSIGNMENT = 39;

interface NewTopic {
  readonly name: string;
  /** -1: as the broker likes. */
  readonly partitions: number;
  /** -1: as the broker likes. */
  readonly replicas: number;
  readonly assigned: boolean;
}

/** Answers CreateTopics; assignments by hand are refused and configurations passed over. Any broker does it, as with KRaft (KIP-590). */
export function createTopicsAnswer(request: Request, controller: Controller): Body {
  const { body: asked } = request;
  const topics = asked.array(() => newTopic(request));
  asked.int32(); // timeout
  const validateOnly = asked.boolean();
  const body = bodyFor(request).int32(0); // throttle time
  return body.array(topics, (topic) => {
    body
      .string(topic.name)
      .int16(create(topic, validateOnly, controller))
      .string(null);
  });
}

/** Creates a topic as Metadata does, with what brokers have by default: one partition, one replica. Does nothing where it cannot. */
export function autoCreate(name: string, controller: Controller): void {
  create({ name, partitions: -1, replicas: -1, assigned: false }, false, controller);
}

/** Answers InitProducerId of an idempotent producer; the controller gives out the ids. Transactions are not simulated. */
export function initProducerIdAnswer(request: Request, log: CommitLog, controller: Controller): Body {
  const transactional = request.body.nullableString() !== null;
  const withoutController = controller.up ? 0 : COORDINATOR_LOAD_IN_PROGRESS;
  const error = transactional ? NOT_COORDINATOR : withoutController;
  const body = bodyFor(request).int32(0); // throttle time
  return body
    .int16(error)
    .int64(error === 0 ? log.nextProducerId() : "-1")
    .int16(error === 0 ? 0 : -1); // epoch
}

function newTopic({ body }: Request): NewTopic {
  const [name, partitions, replicas] = [body.string(), body.int32(), body.int16()];
  const assignments = body.array(() => {
    body.int32();
    body.array(() => body.int32());
  });
  body.array(() => {
    body.string();
    body.nullableString();
  });
  return { name, partitions, replicas, assigned: assignments.length > 0 };
}

function create({ name, partitions, replicas, assigned }: NewTopic, validateOnly: boolean, controller: Controller): number {
  const { image, up } = controller;
  if (!up) return REQUEST_TIMED_OUT;
  if (!isTopicName(name)) return INVALID_TOPIC;
  if (image.topics.some((topic) => topic.name === name)) return TOPIC_ALREADY_EXISTS;
  if (assigned) return INVALID_REPLICA_ASSIGNMENT;
  if (partitions === 0 || partitions < -1) return INVALID_PARTITIONS;
  const copies = replicas === -1 ? 1 : replicas;
  if (copies < 1 || copies > unfenced(image).length) return INVALID_REPLICATION_FACTOR;
  if (!validateOnly) controller.change((now) => withTopic(now, name, newUuid(), Math.abs(partitions), copies));
  return 0;
}
