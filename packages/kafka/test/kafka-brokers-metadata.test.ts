import { describe, expect, it } from "vitest";
import type { KafkaBroker } from "../src/kafka-broker.js";
import { brokerEndpoints, fencedIds, type KafkaCluster, readStoredCluster, sameCluster } from "../src/kafka-brokers-metadata.js";
import { broker } from "./support/fake-cluster.js";

const cluster: KafkaCluster = {
  clusterId: "ours",
  brokers: [broker(1, { rack: "az1" }), broker(2, { fenced: true }), broker(10, { host: "::1" })],
};

describe("what a Kafka cluster says of its brokers", () => {
  it("row 12: is one endpoint per registered broker, named by its node id, with its rack", () => {
    expect(brokerEndpoints(cluster)).toEqual([
      { id: "1", host: "b1", port: 9092, attributes: { rack: "az1" } },
      { id: "2", host: "b2", port: 9092 },
      { id: "10", host: "::1", port: 9092 },
    ]);
  });

  it("row 10: names the fenced brokers as unavailable", () => {
    expect(fencedIds(cluster)).toEqual(["2"]);
  });

  it.each<[string, Partial<KafkaBroker>]>([
    ["port", { port: 9093 }],
    ["host", { host: "c1" }],
    ["rack", { rack: "az2" }],
    ["state", { fenced: true }],
    ["id", { id: 0 }],
  ])("row 11: is another answer when the %s of a broker differs", (_what, change) => {
    const [first = broker(1), ...rest] = cluster.brokers;
    expect(sameCluster(cluster, { ...cluster, brokers: [{ ...first, ...change }, ...rest] })).toBe(false);
  });

  it("row 11: is another answer when the cluster id or the number of brokers differs, and the same when only the objects do", () => {
    expect(sameCluster(cluster, { ...cluster, clusterId: "theirs" })).toBe(false);
    expect(sameCluster(cluster, { ...cluster, brokers: cluster.brokers.slice(1) })).toBe(false);
    expect(sameCluster(cluster, structuredClone(cluster))).toBe(true);
  });
});

describe("what was stored", () => {
  it("comes back as it was, through JSON", () => {
    const restored = readStoredCluster(JSON.parse(JSON.stringify(cluster)));
    expect(sameCluster(restored, cluster)).toBe(true);
    expect(brokerEndpoints(restored)).toEqual(brokerEndpoints(cluster));
  });

  it("comes back without a cluster id where there was none", () => {
    expect(readStoredCluster({ brokers: [] }).clusterId).toBeUndefined();
  });

  it.each([
    ["something else", "text", "what was stored is no list of brokers"],
    ["no brokers", { clusterId: "ours" }, "brokers"],
    ["a port that is a text", { brokers: [{ ...broker(1), port: "9092" }] }, "brokers[0].port"],
    ["no state", { brokers: [{ id: 1, host: "b1", port: 1 }] }, "brokers[0].fenced"],
    ["port 0", { brokers: [broker(1, { port: 0 })] }, "port 0"],
    ["a broker twice", { brokers: [broker(1), broker(1)] }, "broker 1 twice"],
  ])("is refused with %s, saying what does not fit", (_what, stored, expected) => {
    expect(() => readStoredCluster(stored)).toThrow(expected);
    expect(() => readStoredCluster(stored)).toThrow("[kafka] [MALFORMED_RESPONSE]");
  });
});
