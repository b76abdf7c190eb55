import type { Endpoint } from "@rollcall/core";
import { describe, expect, it } from "vitest";
import { type KafkaTopic, type KafkaTopics, leaderEndpoints } from "../src/kafka-partitions-metadata.js";
import { context } from "./support/fake-cluster.js";
import { askedIn, TopicsCluster, type Turn, topic, type View } from "./support/topics-cluster.js";

const view = (orders: KafkaTopic, more: Partial<View> = {}): Partial<View> => ({ topics: { orders }, ...more });
const orders = (...leaders: readonly (readonly [number | null, number | null])[]): Partial<View> => view(topic("orders", ...leaders));
const GONE: Partial<View> = { topics: {} };

/** What was believed before, and who is known from it. */
function after(previous: KafkaTopics): { readonly previous: KafkaTopics; readonly known: readonly Endpoint[] } {
  return { previous, known: leaderEndpoints(previous) };
}

describe("the first answer", () => {
  it("comes from the first broker that knows a leader", async () => {
    const cluster = new TopicsCluster();
    cluster.knows([1], GONE);
    cluster.knows([2], orders([null, 3]));
    cluster.knows([3], orders([2, 3]));
    const { topics } = await cluster.source({ seeds: ["b1", "b2", "b3"] }).fetch(context());
    expect(cluster.asked()).toEqual(["b1", "b2", "b3"]);
    expect(topics["orders"]?.partitions).toMatchObject([{ leader: 2, leaderEpoch: 3 }]);
  });

  it("is an error that names the topics when none of them has a leader", async () => {
    const cluster = new TopicsCluster();
    cluster.knows([1], { topics: { a: topic("a", [null, 3]), b: topic("b", [9, 3]) } });
    const some = cluster.source({ topics: ["a", "b", "c"] }).fetch(context());
    await expect(some).rejects.toMatchObject({
      code: "EMPTY_METADATA",
      message: expect.stringContaining(
        "(a: no leader that can be reached, b: no leader that can be reached, c: UNKNOWN_TOPIC_OR_PARTITION)",
      ),
    });
    const many = cluster.source({ topics: ["p", "q", "r", "s", "t", "u", "v"] }).fetch(context());
    await expect(many).rejects.toThrow("t: UNKNOWN_TOPIC_OR_PARTITION and 2 more)");
  });

  it("is UNAUTHENTICATED, which needs somebody to act, when the user may see none of the topics", async () => {
    const cluster = new TopicsCluster();
    const denied: KafkaTopic = { error: "TOPIC_AUTHORIZATION_FAILED", partitions: [] };
    cluster.knows([1], { topics: { a: denied, b: denied } });
    await expect(cluster.source({ topics: ["a", "b"] }).fetch(context())).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    await expect(cluster.source({ topics: ["a", "c"] }).fetch(context())).rejects.toMatchObject({ code: "EMPTY_METADATA" });
  });
});

describe("a later answer", () => {
  const before = orders([1, 5], [2, 5], [3, 5]);

  /** Believes three leaders in epoch 5, then asks again, when it is the turn of these. */
  async function again(...turns: readonly Turn[]) {
    const cluster = new TopicsCluster();
    cluster.knowInTurn(before, ...turns);
    const source = cluster.source();
    const previous = await source.fetch(context());
    cluster.requests.length = 0;
    const next = (last: KafkaTopics) => source.fetch(context(after(last))).catch((error: unknown) => error as KafkaTopics);
    return { cluster, outcome: await next(previous), previous, next };
  }

  const leaders = ({ topics }: KafkaTopics) => topics["orders"]?.partitions.map(({ leader }) => leader);

  it("is believed without asking anybody else while nothing in it can be lag", async () => {
    const { outcome, cluster } = await again(orders([2, 6], [null, 6], [3, 5], [1, 0]), "refuses");
    expect(leaders(outcome)).toEqual([2, null, 3, 1]);
    expect(cluster.requests).toHaveLength(1);
  });

  it("with an older epoch takes no leader back, and another broker is asked, who knows better", async () => {
    const { outcome, cluster } = await again(orders([3, 4], [2, 5], [3, 5]), orders([1, 5], [3, 6], [3, 5]));
    expect(leaders(outcome)).toEqual([1, 3, 3]);
    const [, first, second] = cluster.asked();
    expect(cluster.requests).toHaveLength(2);
    expect(second).not.toBe(first);
  });

  it("that does not know a topic any more takes no leader back while another broker knows it", async () => {
    const { outcome, cluster } = await again(GONE, before);
    expect(leaders(outcome)).toEqual([1, 2, 3]);
    expect(outcome.topics["orders"]?.error).toBeUndefined();
    expect(cluster.requests.map(askedIn)).toEqual(Array(2).fill({ names: ["orders"], mayCreate: false }));
  });

  it("that does not know a topic any more is believed at once when another broker says so too", async () => {
    const { outcome } = await again(GONE, GONE);
    expect(outcome).toMatchObject({ code: "EMPTY_METADATA" });
  });

  it("that does not know a topic any more is believed the second time when nobody else can be asked", async () => {
    const { outcome, next } = await again(GONE, "refuses", "refuses", GONE, "refuses");
    expect(outcome.topics["orders"]).toMatchObject({ error: "UNKNOWN_TOPIC_OR_PARTITION" });
    expect(leaders(outcome)).toEqual([1, 2, 3]);
    expect(await next(outcome)).toMatchObject({ code: "EMPTY_METADATA" });
  });

  it("that does not know a topic for the second time is not believed if another broker knows it now", async () => {
    const { outcome, previous, next } = await again(GONE, "refuses", "refuses", GONE, before);
    expect(await next(outcome)).toEqual(previous);
  });

  it("of a topic that was deleted and created again begins anew, at epoch 0 and with fewer partitions", async () => {
    const { outcome } = await again(view(topic("again", [2, 0])));
    expect(outcome.topics["orders"]).toEqual(topic("again", [2, 0]));
  });

  it("of a broker that still knows the topic of before is settled by another", async () => {
    const { outcome, previous, cluster } = await again(view(topic("before", [2, 9])), before);
    expect(outcome).toEqual(previous);
    expect(cluster.requests).toHaveLength(2);
  });

  it("costs one more question about the topics in doubt, and nothing about the others", async () => {
    const cluster = new TopicsCluster();
    const names = ["a", "b", "c"];
    const all = { topics: Object.fromEntries(names.map((name) => [name, topic(name, [1, 5], [2, 5])])) };
    cluster.knowInTurn(all, { topics: { ...all.topics, b: topic("b", [1, 4], [2, 5]) } }, all);
    const source = cluster.source({ topics: names });
    const previous = await source.fetch(context());
    expect(await source.fetch(context(after(previous)))).toEqual(previous);
    expect(cluster.requests.slice(1).map((request) => askedIn(request).names)).toEqual([names, ["b"]]);
  });

  it("waits for another broker no longer than hedgeAfterMs, and holds no socket then", async () => {
    const cluster = new TopicsCluster();
    cluster.knowInTurn(before, orders([1, 4], [2, 5], [3, 5]), "silent");
    const source = cluster.source({ hedgeAfterMs: 300 });
    const previous = await source.fetch(context());
    let isOver = false;
    const outcome = source.fetch(context(after(previous))).finally(() => {
      isOver = true;
    });
    await cluster.clock.advance(299);
    expect(isOver).toBe(false);
    await cluster.clock.advance(1);
    expect(await outcome).toEqual(previous);
    expect(cluster.transport.open.size).toBe(0);
  });

  it("of a cluster that took the place of another is not mixed with what was known of that one", async () => {
    const cluster = new TopicsCluster();
    cluster.knows([1], { ...orders([1, 1]), clusterId: "theirs" });
    const source = cluster.source();
    const theirs = await source.fetch(context());
    expect(await source.fetch(context({ previous: { ...theirs, clusterId: undefined } }))).toEqual(theirs);
    const ours: KafkaTopics = { ...theirs, clusterId: "ours", topics: { orders: topic("orders", [2, 9], [2, 9]) } };
    expect(await source.fetch(context({ previous: ours }))).toEqual(theirs);
  });
});

describe("stored topics", () => {
  const stored: KafkaTopics = {
    clusterId: "ours",
    brokers: [{ id: 1, host: "b1", port: 9092 }],
    topics: { orders: topic("orders", [1, 5]) },
  };

  it("come back, and an older epoch does not replace theirs", async () => {
    const cluster = new TopicsCluster();
    const source = cluster.source();
    const restored = source.restore?.(JSON.parse(JSON.stringify(stored))) as KafkaTopics;
    expect(source.endpoints(restored)).toEqual([{ id: "1", host: "b1", port: 9092 }]);
    cluster.knows([1], orders([2, 4]));
    expect((await source.fetch(context({ previous: restored }))).topics["orders"]).toEqual(stored.topics["orders"]);
  });

  it("are refused when they are of another cluster than the option clusterId, or know no leader", () => {
    const cluster = new TopicsCluster();
    const pinned = cluster.source({ clusterId: "theirs" });
    expect(() => pinned.restore?.(stored)).toThrow("[FOREIGN_CLUSTER] what was stored is of cluster ours");
    expect(() => cluster.source().restore?.({ ...stored, brokers: [] })).toThrow("[EMPTY_METADATA] no topic has a leader");
  });
});
