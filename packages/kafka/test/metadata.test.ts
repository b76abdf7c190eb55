import { describe, expect, it } from "vitest";
import { saysRebootstrap } from "../src/kafka-error.js";
import { metadataRequest, readMetadata } from "../src/protocol/metadata.js";
import { type AnsweredTopic, BROKERS, CLUSTER_ID, frameBytes, metadataAnswer, TOPIC_ID } from "./support/kafka-answers.js";

const VERSIONS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13] as const;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const ALIVE = BROKERS.map((broker) => ({ ...broker, fenced: false }));

describe("the request", () => {
  it("asks for no topic and creates none, in every version", () => {
    const body = (version: number): string => hex(metadataRequest(version, []).body);
    expect(VERSIONS.map(body)).toEqual([
      ...Array<string>(3).fill("00000000"),
      ...Array<string>(4).fill("0000000000"),
      "00000000000000",
      ...Array<string>(2).fill("000100000000"),
      ...Array<string>(3).fill("0001000000"),
    ]);
  });

  it("is 26 to 29 bytes when it asks for no topic", () => {
    const sizes = VERSIONS.map((version) => frameBytes.request(metadataRequest(version, []).body, "rollcall"));
    expect(new Set(sizes)).toEqual(new Set([26, 27, 29, 28]));
    expect(frameBytes.request(metadataRequest(13, []).body, "rollcall")).toBe(27);
  });

  it("names topics, by their names", () => {
    expect(hex(metadataRequest(4, ["ab"]).body)).toBe("00000001 0002 6162 00".replaceAll(" ", ""));
    expect(hex(metadataRequest(9, ["ab"]).body)).toBe("00 02 03 6162 00 00 00 00 00".replaceAll(" ", ""));
    expect(hex(metadataRequest(12, ["ab"]).body)).toBe(`00 02 ${"00".repeat(16)} 03 6162 00 00 00 00`.replaceAll(" ", ""));
  });

  it("is not made in version 0, where no topics are all topics, and about topics not before 4, where asking creates them", () => {
    expect(() => metadataRequest(0, [])).toThrow(RangeError);
    expect(() => metadataRequest(3, ["ab"])).toThrow(RangeError);
    expect(metadataRequest(3, []).apiVersion).toBe(3);
  });
});

describe("the answer about no topics", () => {
  it.each([
    [6, 120],
    [12, 112],
    [13, 114],
  ])("of version %i is %i bytes for three brokers with racks", (version, bytes) => {
    expect(frameBytes.answer(metadataAnswer(version))).toBe(bytes);
  });

  it.each(VERSIONS)("is read in version %i", (version) => {
    const clusterId = version >= 2 ? CLUSTER_ID : undefined;
    expect(readMetadata(metadataAnswer(version), version)).toEqual({ clusterId, brokers: ALIVE, topics: [] });
  });

  it("is read byte by byte", () => {
    const fixed = "00000001 0000000b 0001 68 00002384 ffff 0003 616263 0000000b 00000000";
    const flexible = "00 00000000 02 0000000b 02 68 00002384 00 00 04 616263 0000000b 01 0000 00";
    const brokers = [{ id: 11, host: "h", port: 9092, rack: undefined, fenced: false }];
    for (const [version, bytes] of [[2, fixed] as const, [13, flexible] as const]) {
      const answer = readMetadata(Buffer.from(bytes.replaceAll(" ", ""), "hex"), version);
      expect(answer).toEqual({ clusterId: "abc", brokers, topics: [] });
    }
  });

  it("that says 129 is UNAVAILABLE, and says that the client begins anew with its seeds", () => {
    let thrown: unknown;
    try {
      readMetadata(metadataAnswer(13, { brokers: [], error: 129 }), 13);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: "UNAVAILABLE" });
    expect(saysRebootstrap(thrown)).toBe(true);
  });
});

describe("the answer about topics", () => {
  const ORDERS: AnsweredTopic = {
    name: "orders",
    partitions: [
      { partition: 1, error: 5, leader: -1, epoch: -1, replicas: [2] },
      { partition: 0, leader: 1, epoch: 7, replicas: [1, 2, 3], inSync: [1, 2], offline: [3] },
    ],
  };

  it.each(VERSIONS)("is read in version %i", (version) => {
    const answer = readMetadata(metadataAnswer(version, { topics: [ORDERS] }), version);
    const leaderEpoch = version >= 7 ? 7 : null;
    const first = { partition: 0, error: undefined, leader: 1, leaderEpoch, replicas: [1, 2, 3], inSyncReplicas: [1, 2] };
    const second = { partition: 1, error: "LEADER_NOT_AVAILABLE", leader: null, leaderEpoch: null, replicas: [2], inSyncReplicas: [2] };
    const partitions = [
      { ...first, offlineReplicas: version >= 5 ? [3] : [] },
      { ...second, offlineReplicas: [] },
    ];
    expect(answer.topics).toEqual([{ name: "orders", id: version >= 10 ? TOPIC_ID : undefined, error: undefined, partitions }]);
  });

  it.each([
    [3, "UNKNOWN_TOPIC_OR_PARTITION"],
    [5, "LEADER_NOT_AVAILABLE"],
    [17, "INVALID_TOPIC_EXCEPTION"],
    [29, "TOPIC_AUTHORIZATION_FAILED"],
    [4711, "error 4711"],
  ])("names error %i %s, and does not fail the others", (code, error) => {
    const topics = [{ name: "bad", error: code, id: null }, ORDERS];
    const answer = readMetadata(metadataAnswer(12, { topics }), 12);
    expect(answer.topics[0]).toEqual({ name: "bad", id: undefined, error, partitions: [] });
    expect(answer.topics[1]?.partitions).toHaveLength(2);
  });

  it.each<[string, readonly AnsweredTopic[]]>([
    ["a topic", [ORDERS, ORDERS]],
    ["a partition", [{ name: "orders", partitions: [0, 0].map((partition) => ({ partition, leader: 1 })) }]],
  ])("is refused if %s is there twice", (_what, topics) => {
    expect(() => readMetadata(metadataAnswer(12, { topics }), 12)).toThrow(expect.objectContaining({ code: "MALFORMED_RESPONSE" }));
  });
});
