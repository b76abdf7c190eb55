import { describe, expect, it } from "vitest";
import {
  type KafkaPartition,
  type KafkaTopic,
  type KafkaTopics,
  leaderEndpoints,
  readStoredTopics,
  sameTopics,
} from "../src/kafka-partitions-metadata.js";
import { led, topic } from "./support/topics-cluster.js";

const brokers = [1, 2, 3].map((id) => ({ id, host: `b${id}`, port: 9092, rack: `az${id}` }));

function metadata(topics: KafkaTopics["topics"], more: Partial<KafkaTopics> = {}): KafkaTopics {
  return { clusterId: "ours", brokers, topics, ...more };
}

describe("the endpoints of some topics", () => {
  it("are the brokers that lead a partition, each once, by node id and with its rack", () => {
    const topics = { a: topic("a", [2, 0], [2, 0], [null, 1]), b: topic("b", [1, 0]) };
    expect(leaderEndpoints(metadata(topics))).toEqual([
      { id: "1", host: "b1", port: 9092, attributes: { rack: "az1" } },
      { id: "2", host: "b2", port: 9092, attributes: { rack: "az2" } },
    ]);
  });

  it("lose a broker only when it leads nothing any more", () => {
    const ids = (...leaders: readonly (readonly [number | null, number])[]) =>
      leaderEndpoints(metadata({ a: topic("a", ...leaders) })).map(({ id }) => id);
    expect(ids([1, 0], [1, 0], [2, 0])).toEqual(["1", "2"]);
    expect(ids([null, 1], [1, 0], [2, 0])).toEqual(["1", "2"]);
    expect(ids([null, 1], [null, 1], [2, 0])).toEqual(["2"]);
  });

  it("leave out a leader that is not among the brokers", () => {
    expect(leaderEndpoints(metadata({ a: topic("a", [9, 0], [1, 0]) })).map(({ id }) => id)).toEqual(["1"]);
  });

  it("are nobody for topics that are not known", () => {
    expect(leaderEndpoints(metadata({ a: { error: "UNKNOWN_TOPIC_OR_PARTITION", partitions: [] } }))).toEqual([]);
  });
});

describe("two answers", () => {
  const before = metadata({ a: topic("a", [1, 5], [2, 5]), b: topic("b", [3, 0]) });

  it("say the same when only the objects differ", () => {
    expect(sameTopics(before, structuredClone(before))).toBe(true);
    expect(sameTopics(before, JSON.parse(JSON.stringify(before)))).toBe(true);
  });

  const partition = (change: Partial<KafkaPartition>): KafkaTopics =>
    metadata({ a: { ...topic("a"), partitions: [led(0, 1, 5, change), led(1, 2, 5)] }, b: topic("b", [3, 0]) });
  const topicA = (change: Partial<KafkaTopic>): KafkaTopics =>
    metadata({ ...before.topics, a: { ...topic("a", [1, 5], [2, 5]), ...change } });

  it.each<[string, KafkaTopics]>([
    ["the leader", partition({ leader: 2 })],
    ["the lack of a leader", partition({ leader: null })],
    ["the leader's epoch", partition({ leaderEpoch: 6 })],
    ["the replicas' order, whose first is the preferred leader", partition({ replicas: [2, 1, 3] })],
    ["a replica out of sync", partition({ inSyncReplicas: [1, 2] })],
    ["a replica that is down", partition({ offlineReplicas: [3] })],
    ["the number of partitions", topicA({ partitions: [led(0, 1, 5)] })],
    ["the id of a topic", topicA({ id: topic("other").id })],
    ["an error", topicA({ error: "UNKNOWN_TOPIC_OR_PARTITION" })],
    ["the topics", metadata({ a: before.topics["a"] ?? topic("a") })],
    ["the topics' names", metadata({ a: topic("a", [1, 5], [2, 5]), constructor: topic("b", [3, 0]) })],
    ["the cluster", { ...before, clusterId: "theirs" }],
    ["the brokers", { ...before, brokers: brokers.slice(1) }],
    ["the address of a broker", { ...before, brokers: brokers.map((one) => ({ ...one, port: 9093 })) }],
    ["the rack of a broker", { ...before, brokers: brokers.map((one) => ({ ...one, rack: "az9" })) }],
  ])("differ by %s", (_what, after) => {
    expect(sameTopics(before, before)).toBe(true);
    expect(sameTopics(before, after)).toBe(false);
    expect(sameTopics(after, before)).toBe(false);
  });
});

describe("what was stored", () => {
  const names = ["__proto__", "constructor", "plain"];
  const stored = metadata(Object.fromEntries(names.map((name) => [name, topic(name, [1, 5], [null, null])])));

  it("comes back as it was, through JSON, whatever the topics are called", () => {
    const restored = readStoredTopics(JSON.parse(JSON.stringify(stored)), names);
    expect(sameTopics(restored, stored)).toBe(true);
    expect(Object.keys(restored.topics)).toEqual(names);
    expect(leaderEndpoints(restored)).toEqual(leaderEndpoints(stored));
    expect(Object.getPrototypeOf(restored.topics)).toBe(Object.prototype);
  });

  it("loses what is not asked for, and what a newer version may have added", () => {
    const restored = readStoredTopics({ ...stored, more: 1, topics: { plain: { ...topic("plain", [1, 5]), more: 1 }, other: {} } }, [
      "plain",
    ]);
    expect(restored.topics).toEqual({ plain: topic("plain", [1, 5]) });
    expect(Object.keys(restored)).toEqual(["clusterId", "brokers", "topics"]);
  });

  const withPartition = (change: object) => ({ ...stored, topics: { plain: { partitions: [{ ...led(0, 1, 5), ...change }] } } });

  it.each<[string, unknown, string]>([
    ["something else", "text", "expected object"],
    ["no brokers", { topics: {} }, "at brokers"],
    ["a broker twice", { ...stored, brokers: [brokers[0], brokers[0]] }, "broker 1 twice"],
    ["port 0", { ...stored, brokers: [{ id: 1, host: "b1", port: 0 }] }, "port 0"],
    ["no topics", { brokers }, "topics by name"],
    ["another topic", { ...stored, topics: { other: topic("other", [1, 5]) } }, "of the topic plain does not fit"],
    ["a leader that is a text", withPartition({ leader: "1" }), "partitions[0].leader"],
    ["a negative epoch", withPartition({ leaderEpoch: -1 }), "partitions[0].leaderEpoch"],
    ["half a replica", withPartition({ replicas: [1.5] }), "partitions[0].replicas[0]"],
    ["no in-sync replicas", withPartition({ inSyncReplicas: undefined }), "partitions[0].inSyncReplicas"],
  ])("is refused with %s, saying what does not fit", (_what, data, expected) => {
    expect(() => readStoredTopics(data, ["plain"])).toThrow(expected);
    expect(() => readStoredTopics(data, ["plain"])).toThrow("[kafka] [MALFORMED_RESPONSE]");
  });
});
