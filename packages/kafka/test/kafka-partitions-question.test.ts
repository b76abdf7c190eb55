import { describe, expect, it } from "vitest";
import type { KafkaTopics } from "../src/kafka-partitions-metadata.js";
import { askTopics } from "../src/kafka-partitions-question.js";
import type { KafkaConnection, KafkaRequest, VersionRange } from "../src/kafka-transport.js";
import { DESCRIBE_CLUSTER } from "../src/protocol/describe-cluster.js";
import { METADATA } from "../src/protocol/metadata.js";
import { askedIn, idOf, led, metadataAnswer, topic, type View } from "./support/topics-cluster.js";

const VIEW: View = { brokers: [3, 1], topics: { orders: topic("orders", [1, 4]) } };

/** What comes back of a broker with these versions; `requests` takes down what it was asked. */
function ask(names: readonly string[], view: View, metadata?: VersionRange, requests: KafkaRequest[] = []): Promise<KafkaTopics> {
  const connection: KafkaConnection = {
    versions: new Map(metadata === undefined ? [[DESCRIBE_CLUSTER, { min: 0, max: 2 }]] : [[METADATA, metadata]]),
    send: async (request) => {
      requests.push(request);
      return metadataAnswer(view, request);
    },
    close: () => undefined,
  };
  return askTopics(names)(connection, { signal: new AbortController().signal });
}

describe("the question for topics", () => {
  it.each([4, 7, 8, 9, 10, 11, 12, 13])(
    "never creates a topic by asking, and names only the wanted ones (Metadata version %i)",
    async (max) => {
      const requests: KafkaRequest[] = [];
      await ask(["orders", "__proto__"], VIEW, { min: 0, max }, requests);
      expect(requests.map(({ apiKey, apiVersion }) => [apiKey, apiVersion])).toEqual([[METADATA, max]]);
      expect(requests.map(askedIn)).toEqual([{ names: ["orders", "__proto__"], mayCreate: false }]);
    },
  );

  it("never creates a topic by asking: the bytes", async () => {
    const requests: KafkaRequest[] = [];
    await ask(["t"], VIEW, { min: 0, max: 12 }, requests);
    const [noTags, oneTopic, noId, nameT] = ["00", "02", "00".repeat(16), "0274"];
    const [mayCreate, authorizedOperations] = ["00", "00"];
    expect(Buffer.from(requests[0]?.body ?? []).toString("hex")).toBe(
      [noTags, oneTopic, noId, nameT, noTags, mayCreate, authorizedOperations, noTags].join(""),
    );
  });

  it("asks with the newest version that both know", async () => {
    const requests: KafkaRequest[] = [];
    await ask(["orders"], VIEW, { min: 0, max: 99 }, requests);
    expect(requests[0]?.apiVersion).toBe(13);
  });

  it.each<[string, VersionRange | undefined, string]>([
    ["a controller's listener", undefined, "a controller's listener"],
    ["a broker that only has versions in which asking may create a topic", { min: 0, max: 3 }, "does not offer Metadata 4 to 13"],
    ["a broker that has given up all versions known here", { min: 14, max: 15 }, "does not offer Metadata 4 to 13"],
  ])("is refused by %s before anything is asked", async (_who, versions, expected) => {
    const requests: KafkaRequest[] = [];
    await expect(ask(["orders"], VIEW, versions, requests)).rejects.toMatchObject({
      code: "MALFORMED_RESPONSE",
      message: expect.stringContaining(expected),
    });
    expect(requests).toEqual([]);
  });
});

describe("the answer", () => {
  it("tells of brokers, topics and partitions as plain JSON data", async () => {
    const [one, two] = [
      led(0, 1, 4, { replicas: [3, 1, 2], inSyncReplicas: [3, 1], offlineReplicas: [2] }),
      led(1, null, 9, { inSyncReplicas: [], offlineReplicas: [3, 1, 2] }),
    ];
    const orders = { ...topic("orders"), partitions: [two, one] };
    const answer = await ask(["orders", "lost"], { brokers: [3, 1], topics: { orders } }, { min: 0, max: 12 });
    expect(answer).toEqual({
      clusterId: "ours",
      brokers: [1, 3].map((id) => ({ id, host: `b${id}`, port: 9092, rack: `az${id}` })),
      topics: {
        orders: {
          id: idOf("orders"),
          partitions: [
            { partition: 0, leader: 1, leaderEpoch: 4, replicas: [3, 1, 2], inSyncReplicas: [1, 3], offlineReplicas: [2] },
            { partition: 1, leader: null, leaderEpoch: 9, replicas: [1, 2, 3], inSyncReplicas: [], offlineReplicas: [1, 2, 3] },
          ],
        },
        lost: { error: "UNKNOWN_TOPIC_OR_PARTITION", partitions: [] },
      },
    });
    expect(JSON.parse(JSON.stringify(answer))).toEqual(answer);
  });

  it.each([
    [13, 4, idOf("orders")],
    [10, 4, idOf("orders")],
    [9, 4, undefined],
    [8, null, undefined],
    [7, null, undefined],
    [6, null, undefined],
  ])("of version %i has the epoch %s, which is only reliable since version 9, and the id %s", async (max, leaderEpoch, id) => {
    const { topics } = await ask(["orders"], VIEW, { min: 0, max });
    expect(topics["orders"]).toMatchObject({ partitions: [{ leader: 1, leaderEpoch }] });
    expect(topics["orders"]?.id).toBe(id);
  });

  it("has every topic that was asked for as a property of its own, whatever its name", async () => {
    const names = ["__proto__", "constructor"];
    const topics = Object.fromEntries(names.map((name) => [name, topic(name, [1, 4])]));
    const answer = await ask(names, { brokers: [1], topics }, { min: 0, max: 12 });
    expect(Object.keys(answer.topics)).toEqual(names);
    expect(answer.topics["constructor"]?.id).toBe(idOf("constructor"));
  });

  it("is refused when it leaves out a topic that was asked for", async () => {
    const connection: KafkaConnection = {
      versions: new Map([[METADATA, { min: 0, max: 12 }]]),
      send: async ({ apiVersion }) => metadataAnswer(VIEW, { ...(await other()), apiVersion }),
      close: () => undefined,
    };
    const outcome = askTopics(["orders"])(connection, { signal: new AbortController().signal });
    await expect(outcome).rejects.toMatchObject({
      code: "MALFORMED_RESPONSE",
      message: expect.stringContaining("leaves out the topic orders"),
    });
  });

  it("is refused when it lists no broker, as of one that has just started", async () => {
    await expect(ask(["orders"], { ...VIEW, brokers: [] }, { min: 0, max: 12 })).rejects.toMatchObject({ code: "EMPTY_METADATA" });
  });
});

/** A request for another topic. */
async function other(): Promise<KafkaRequest> {
  const requests: KafkaRequest[] = [];
  await ask(["other"], VIEW, { min: 0, max: 12 }, requests);
  const [request] = requests;
  if (request === undefined) throw new Error("nothing was asked");
  return request;
}
