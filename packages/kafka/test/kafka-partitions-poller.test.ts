import { describe, expect, it } from "vitest";
import type { KafkaTopic, KafkaTopics } from "../src/kafka-partitions-metadata.js";
import { askedIn, led, type PolledTopics, TopicsCluster, topic } from "./support/topics-cluster.js";

/** Makes all brokers, or some, say this of the topic `orders`. */
function say(cluster: TopicsCluster, orders: KafkaTopic, ids: readonly number[] = [1, 2, 3]): void {
  cluster.knows(ids, { topics: { orders } });
}

/** The leaders of `orders` in every answer that a sink was told of. Versions that only say who serves are left out. */
function told({ sink }: PolledTopics): unknown {
  const answers = new Set(sink.calls.map(({ snapshot }) => snapshot.metadata as KafkaTopics));
  return [...answers].map(({ topics }) => topics["orders"]?.partitions.map(({ leader }) => leader));
}

describe("polled partitions", () => {
  it("a leader move is published with the same endpoints array", async () => {
    const cluster = new TopicsCluster();
    say(cluster, topic("orders", [1, 5], [2, 5]));
    const polled = await cluster.polled();
    const before = polled.poller.snapshot;
    say(cluster, topic("orders", [2, 6], [1, 6]));
    await polled.refresh();
    const after = polled.poller.snapshot;
    expect(after?.version).toBe(2);
    expect(after?.endpoints).toBe(before?.endpoints);
    expect(told(polled)).toEqual([
      [1, 2],
      [2, 1],
    ]);
    expect(polled.sink.calls[1]?.diff).toEqual({ added: [], removed: [], changed: [] });
  });

  it("a leader move is published within one interval", async () => {
    const cluster = new TopicsCluster();
    say(cluster, topic("orders", [1, 5], [2, 5]));
    const polled = await cluster.polled();
    await cluster.clock.advance(60_000); // past the random phase of the first pause
    say(cluster, topic("orders", [1, 5], [1, 6]));
    await cluster.clock.advance(33_000); // 30 s, give or take a tenth
    expect(told(polled)).toEqual([
      [1, 2],
      [1, 1],
    ]);
    expect(polled.poller.snapshot?.endpoints.map(({ id }) => id)).toEqual(["1"]);
  });

  it("a broker that leads it all and is cut off is not followed for ever, although it is the only endpoint", async () => {
    const cluster = new TopicsCluster();
    say(cluster, topic("orders", [1, 5]));
    const polled = await cluster.polled();
    expect(polled.poller.snapshot?.endpoints.map(({ id }) => id)).toEqual(["1"]);
    say(cluster, topic("orders", [2, 6]), [2, 3]);
    await polled.refresh();
    await polled.refresh();
    expect(told(polled)).toEqual([[1], [2]]);
  });

  it("an older leader epoch never replaces a newer one", async () => {
    const cluster = new TopicsCluster();
    say(cluster, topic("orders", [1, 5], [2, 5]));
    const polled = await cluster.polled();
    say(cluster, topic("orders", [3, 4], [3, 4]));
    await polled.refresh();
    expect(polled.poller.snapshot?.version).toBe(1);
    say(cluster, topic("orders", [3, 4], [3, 6]));
    await polled.refresh();
    expect(told(polled)).toEqual([
      [1, 2],
      [1, 3],
    ]);
  });

  it("topics that are all gone remove nobody: the poll fails and says why", async () => {
    const cluster = new TopicsCluster();
    say(cluster, topic("orders", [1, 5], [2, 5]));
    const polled = await cluster.polled();
    cluster.knows([1, 2, 3], { topics: {} });
    await polled.refresh();
    expect(polled.poller.status.error).toMatchObject({ code: "EMPTY_METADATA" });
    expect(polled.poller.snapshot?.endpoints.map(({ id }) => id)).toEqual(["1", "2"]);
    expect(told(polled)).toEqual([[1, 2]]);
  });

  it("an unknown topic is reported per topic and the others go on", async () => {
    const cluster = new TopicsCluster();
    say(cluster, topic("orders", [1, 5]));
    const polled = await cluster.polled({ topics: ["orders", "lost"] });
    expect(polled.poller.status).toMatchObject({ state: "fresh", error: undefined });
    expect(polled.poller.snapshot?.metadata.topics["lost"]).toEqual({ error: "UNKNOWN_TOPIC_OR_PARTITION", partitions: [] });
    say(cluster, topic("orders", [2, 6]));
    await polled.refresh();
    cluster.knows([1, 2, 3], { topics: { orders: topic("orders", [2, 6]), lost: topic("found", [3, 0]) } });
    await polled.refresh();
    expect(told(polled)).toEqual([[1], [2], [2]]);
    expect(polled.poller.snapshot?.metadata.topics["lost"]).toEqual(topic("found", [3, 0]));
    expect(polled.poller.snapshot?.endpoints.map(({ id }) => id)).toEqual(["2", "3"]);
  });

  it("never creates a topic by asking, whatever happens to it", async () => {
    const cluster = new TopicsCluster();
    say(cluster, topic("orders", [1, 5], [2, 5]));
    const polled = await cluster.polled({ topics: ["orders", "lost"] });
    for (const orders of [topic("orders", [2, 6], [1, 6]), topic("orders", [1, 5], [2, 6]), topic("again", [1, 0], [2, 0])]) {
      say(cluster, orders);
      await polled.refresh();
    }
    cluster.knows([1, 2, 3], { topics: {} });
    await polled.refresh();
    expect(cluster.requests.length).toBeGreaterThan(5);
    expect(cluster.requests.filter((request) => askedIn(request).mayCreate)).toEqual([]);
    expect(cluster.requests.filter((request) => askedIn(request).names.length === 0)).toEqual([]);
  });

  it("in-sync replicas are news, in another order they are not", async () => {
    const cluster = new TopicsCluster();
    const withReplicas = (inSyncReplicas: readonly number[]): KafkaTopic => ({
      ...topic("orders"),
      partitions: [led(0, 1, 5, { inSyncReplicas })],
    });
    say(cluster, withReplicas([1, 2, 3]));
    const polled = await cluster.polled();
    say(cluster, withReplicas([3, 1, 2]));
    await polled.refresh();
    expect(polled.poller.snapshot?.version).toBe(1);
    say(cluster, withReplicas([3, 1]));
    await polled.refresh();
    expect(polled.poller.snapshot?.version).toBe(2);
    expect(polled.poller.snapshot?.metadata.topics["orders"]?.partitions[0]?.inSyncReplicas).toEqual([1, 3]);
  });

  it("says nothing while nothing changes, whoever is asked", async () => {
    const cluster = new TopicsCluster();
    say(cluster, topic("orders", [1, 5], [2, 5]));
    const polled = await cluster.polled();
    for (const [down, up] of [
      [1, 3],
      [2, 1],
      [1, 2],
    ] as const) {
      say(cluster, topic("orders", [1, 5], [2, 5]), [up]);
      cluster.stop(down);
      await polled.refresh();
    }
    expect(new Set(cluster.asked())).toEqual(new Set(["b1", "b2"]));
    expect(polled.poller.snapshot?.version).toBe(1);
  });
});
