import { describe, expect, it } from "vitest";
import { askBrokers } from "../src/broker-question.js";
import type { KafkaConnection, KafkaRequest, VersionRange } from "../src/kafka-transport.js";
import { commonVersion } from "../src/protocol/common-version.js";
import { CLUSTER_ID, describeClusterAnswer, metadataAnswer } from "./support/kafka-answers.js";

const { signal } = new AbortController();

function broker(versions: Readonly<Record<number, VersionRange>>): { readonly connection: KafkaConnection; readonly asked: string[] } {
  const asked: string[] = [];
  const send = async ({ apiKey, apiName, apiVersion }: KafkaRequest): Promise<Uint8Array> => {
    asked.push(`${apiName} ${apiVersion}`);
    return apiKey === 60 ? describeClusterAnswer(apiVersion) : metadataAnswer(apiVersion);
  };
  const known = new Map(Object.entries(versions).map(([key, range]) => [Number(key), range]));
  return { connection: { versions: known, send, close: () => undefined }, asked };
}

describe("which brokers there are", () => {
  it.each<[string, Readonly<Record<number, VersionRange>>, string]>([
    ["Kafka 4", { 3: { min: 0, max: 13 }, 60: { min: 0, max: 2 } }, "DescribeCluster 2"],
    ["a Kafka to come", { 3: { min: 4, max: 20 }, 60: { min: 1, max: 9 } }, "DescribeCluster 2"],
    ["Kafka 3.7", { 3: { min: 0, max: 12 }, 60: { min: 0, max: 1 } }, "DescribeCluster 1"],
    ["Kafka 2.8", { 3: { min: 0, max: 11 }, 60: { min: 0, max: 0 } }, "DescribeCluster 0"],
    ["Kafka 2.0", { 3: { min: 0, max: 6 } }, "Metadata 6"],
    ["a broker whose DescribeCluster is unknown here", { 3: { min: 0, max: 20 }, 60: { min: 3, max: 9 } }, "Metadata 13"],
  ])("row 16: is asked of %s in the newest version that both sides know", async (_what, versions, asked) => {
    const server = broker(versions);
    const answer = await askBrokers(server.connection, { signal });
    expect(server.asked).toEqual([asked]);
    expect(Object.keys(answer)).toEqual(["clusterId", "brokers", "tellsFenced"]);
    expect(answer.tellsFenced).toBe(server.asked.includes("DescribeCluster 2"));
    expect(answer).toMatchObject({ clusterId: CLUSTER_ID, brokers: [{ id: 1 }, { id: 2 }, { id: 3 }] });
  });

  it.each<[string, Readonly<Record<number, VersionRange>>, string]>([
    ["a controller's listener", { 60: { min: 0, max: 2 } }, "this is a controller's listener"],
    ["whoever knows neither request", { 18: { min: 0, max: 2 } }, "offers neither"],
    ["a broker that knows only Metadata 0", { 3: { min: 0, max: 0 } }, "offers neither"],
  ])("row 16: is not asked of %s", async (_what, versions, message) => {
    const server = broker(versions);
    const refusal = { code: "MALFORMED_RESPONSE", message: expect.stringContaining(message) };
    await expect(askBrokers(server.connection, { signal })).rejects.toMatchObject(refusal);
    expect(server.asked).toEqual([]);
  });
});

describe("the newest version that both sides know", () => {
  it("lies in both ranges, or there is none", () => {
    expect(commonVersion({ min: 2, max: 5 }, 1, 13)).toBe(5);
    expect(commonVersion({ min: 2, max: 50 }, 1, 13)).toBe(13);
    expect(commonVersion({ min: 14, max: 50 }, 1, 13)).toBeUndefined();
    expect(commonVersion({ min: 0, max: 0 }, 1, 13)).toBeUndefined();
    expect(commonVersion(undefined, 1, 13)).toBeUndefined();
  });
});
