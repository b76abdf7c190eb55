import { type ClusterImage, type ImageTopic, unfenced } from "./cluster-image.js";
import { type Body, bodyFor, type Request } from "./request.js";
import type { ClusterFacts } from "./scripted-answer.js";
import { isTopicName } from "./topic-name.js";

const UNKNOWN_TOPIC_OR_PARTITION = 3;
const LEADER_NOT_AVAILABLE = 5;
const INVALID_TOPIC = 17;
const UNKNOWN_TOPIC_ID = 100;
const NOT_ASKED_FOR = -2_147_483_648;

interface AskedTopic {
  readonly name: string | null;
  readonly id: string | null;
}

/**
 * Answers Metadata at a broker. As with `auto.create.topics.enable=true`, Kafka's default, a topic that does not exist is told as such, and created if the client
 * allows it, which it always does before version 4.
 *
 * @param create - creates a topic, if there is none of this name and it may have it
 */
export function metadataAnswer(
  request: Request,
  facts: ClusterFacts,
  controllerId: number,
  image: ClusterImage,
  create: (name: string) => void,
): Body {
  const { version } = request;
  const topics = askedTopics(request);
  const mayCreate = version < 4 || request.body.boolean();
  const body = bodyFor(request);
  if (version >= 3) body.int32(0); // throttle time
  body.array(
    facts.brokers.filter(({ fenced }) => !fenced),
    ({ id, host, port, rack }) => {
      body.int32(id).string(host).int32(port);
      if (version >= 1) body.string(rack ?? null);
      body.tags();
    },
  );
  if (version >= 2) body.string(facts.clusterId);
  if (version >= 1) body.int32(controllerId);
  const asked = topics ?? image.topics.map(({ name }): AskedTopic => ({ name, id: null }));
  body.array(facts.error === 0 ? asked : [], (topic) => writeTopic(body, version, topic, image));
  if (version >= 8 && version <= 10) body.int32(NOT_ASKED_FOR);
  if (version >= 13) body.int16(facts.error);
  if (mayCreate && facts.error === 0) for (const { name, id } of topics ?? []) if (id === null) create(name ?? "");
  return body.tags();
}

/** Null: all topics. Version 0 has no null, and says so with an empty list. */
function askedTopics({ body, version }: Request): readonly AskedTopic[] | null {
  const topics = body.nullableArray((): AskedTopic => {
    const id = version >= 10 ? body.uuid() : null;
    const name = body.nullableString();
    body.tags();
    return { name, id };
  });
  return version === 0 && topics?.length === 0 ? null : topics;
}

function writeTopic(body: Body, version: number, asked: AskedTopic, image: ClusterImage): void {
  const found = image.topics.find(({ name, id }) => (asked.id === null ? name === asked.name : id === asked.id));
  body.int16(found ? 0 : missing(asked)).string(found?.name ?? asked.name);
  if (version >= 10) body.uuid(found?.id ?? asked.id);
  if (version >= 1) body.boolean(false); // none of Kafka's own
  writePartitions(body, version, found?.partitions ?? [], new Set(unfenced(image)));
  if (version >= 8) body.int32(NOT_ASKED_FOR);
  body.tags();
}

function missing({ name, id }: AskedTopic): number {
  if (id !== null) return UNKNOWN_TOPIC_ID;
  return isTopicName(name ?? "") ? UNKNOWN_TOPIC_OR_PARTITION : INVALID_TOPIC;
}

function writePartitions(body: Body, version: number, partitions: ImageTopic["partitions"], up: ReadonlySet<number>): void {
  const ids = (list: readonly number[]): void => void body.array(list, (id) => body.int32(id));
  const numbered = partitions.map((partition, number) => ({ ...partition, number }));
  body.array(numbered, ({ number, leader, leaderEpoch, replicas, inSync }) => {
    body.int16(leader === null ? LEADER_NOT_AVAILABLE : 0).int32(number);
    body.int32(leader ?? -1);
    if (version >= 7) body.int32(leaderEpoch);
    ids(replicas);
    ids(inSync);
    if (version >= 5) ids(replicas.filter((id) => !up.has(id)));
    body.tags();
  });
}
