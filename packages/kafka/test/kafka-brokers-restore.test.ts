import { MetadataPoller, type MetadataSource, type SnapshotStore } from "@rollcall/core";
import { describe, expect, it, onTestFinished } from "vitest";
import type { KafkaCluster } from "../src/kafka-brokers-metadata.js";
import { kafkaBrokersSource } from "../src/kafka-brokers-source.js";
import { answering, broker, FakeCluster } from "./support/fake-cluster.js";

const brokers = [broker(1), broker(2, { fenced: true })];
const stored = JSON.parse(JSON.stringify({ clusterId: "ours", brokers }));

function source(clusterId?: string): MetadataSource<KafkaCluster> {
  return kafkaBrokersSource({ seeds: ["b1"], clusterId }, new FakeCluster().context);
}

describe("restoring a stored answer", () => {
  it("takes back what was stored, of any cluster or of the one that is given", () => {
    expect(source().restore?.(stored)).toEqual({ clusterId: "ours", brokers });
    expect(source("ours").restore?.(stored)).toEqual({ clusterId: "ours", brokers });
  });

  it("refuses another cluster than the one that is given, and one that it does not know", () => {
    expect(() => source("theirs").restore?.(stored)).toThrow(
      "[FOREIGN_CLUSTER] what was stored is of cluster ours, but clusterId is theirs",
    );
    expect(() => source("theirs").restore?.({ brokers })).toThrow("what was stored is of cluster an unknown id");
  });

  it("refuses a list of nobody, and what is no list", () => {
    expect(() => source().restore?.({ clusterId: "ours", brokers: [] })).toThrow("[EMPTY_METADATA] no broker is listed");
    expect(() => source().restore?.("ours")).toThrow("[MALFORMED_RESPONSE] what was stored is no list of brokers");
  });

  it("row 7: a restart remembers the cluster: whoever took over the addresses meanwhile is not believed", async () => {
    const cluster = new FakeCluster();
    for (const each of brokers)
      cluster.at(
        each,
        answering(() => ({ clusterId: "theirs", brokers: [broker(9)] })),
      );
    const store: SnapshotStore = {
      load: async () => ({ version: 1, endpoints: [], aside: [], metadata: stored, changedAt: 0 }),
      save: async () => undefined,
    };
    const poller = new MetadataPoller(kafkaBrokersSource({ seeds: ["b1"] }, cluster.context), { clock: cluster.clock, store });
    onTestFinished(() => poller.close());
    poller.subscribe(() => undefined);
    await cluster.clock.advance(0);
    expect(poller.status.error).toMatchObject({ code: "FOREIGN_CLUSTER" });
    expect(poller.snapshot?.endpoints.map(({ id }) => id)).toEqual(["1"]);
  });
});
