import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { MapEndpoint } from "@rollcall/core";
import { settle } from "@rollcall/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import type { KafkaBroker } from "../src/kafka-broker.js";
import { brokerEndpoints, type KafkaCluster } from "../src/kafka-brokers-metadata.js";
import { kafkaBrokersSource } from "../src/kafka-brokers-source.js";
import { answering, broker, context, FakeCluster, FROZEN } from "./support/fake-cluster.js";

const [b1, b2, b3] = [broker(1), broker(2), broker(3)];
const before: KafkaCluster = { clusterId: "ours", brokers: [b1, b2, b3] };
const inside = [1, 2, 3].map((id) => broker(id, { host: `in${id}` }));
const outside = [1, 2, 3].map((id) => broker(id, { host: "lb", port: 9000 + id }));

/** Asks `b1` (or another seed) after `before`. */
function fetched(
  cluster: FakeCluster,
  given: { readonly seed?: string; readonly previous?: KafkaCluster; readonly mapEndpoint?: MapEndpoint } = {},
) {
  const { seed = "b1", previous = before, mapEndpoint } = given;
  const source = kafkaBrokersSource({ seeds: [seed] }, cluster.context);
  return source.fetch(context({ previous, mapEndpoint }));
}

function says(...brokers: readonly KafkaBroker[]) {
  return answering(() => ({ clusterId: "ours", brokers }));
}

function idsOf({ brokers }: KafkaCluster): readonly number[] {
  return brokers.map(({ id }) => id);
}

/** What `rollcall:rejected` says during this test. */
function rejections(): unknown[] {
  const heard: unknown[] = [];
  const hear = (message: unknown): void => void heard.push(message);
  subscribe("rollcall:rejected", hear);
  onTestFinished(() => void unsubscribe("rollcall:rejected", hear));
  return heard;
}

describe("a broker that is missing", () => {
  it("row 9: is asked for although the mapping makes no address of somebody", async () => {
    const cluster = new FakeCluster(b1);
    cluster.brokers = [b1, broker(4), b2];
    cluster.at(b2, says(b1, b2, b3));
    const mapEndpoint = ((endpoint: { id: string }) => (endpoint.id === "4" ? { ...endpoint, host: undefined } : endpoint)) as never;
    expect(idsOf(await fetched(cluster, { mapEndpoint }))).toEqual([1, 2, 3, 4]);
  });

  it("row 9: leaves when the others are silent, before a short poll runs out of time", async () => {
    const cluster = new FakeCluster(b1);
    cluster.brokers = [b1, b2];
    cluster.at(b2, FROZEN);
    const source = kafkaBrokersSource({ seeds: ["b1"] }, cluster.context);
    let answer: KafkaCluster | undefined;
    void source.fetch(context({ previous: before, timeoutMs: 300 })).then((given) => (answer = given));
    await cluster.clock.advance(150);
    expect(answer).toEqual({ clusterId: "ours", brokers: [b1, b2] });
  });

  it("row 9: stays while another broker still lists it, as that one lists it", async () => {
    const cluster = new FakeCluster(b1);
    cluster.brokers = [b1, b2];
    cluster.at(b2, says(b1, b2, { ...b3, fenced: true }, broker(4)));
    expect(await fetched(cluster)).toEqual({ clusterId: "ours", brokers: [b1, b2, { ...b3, fenced: true }] });
    expect(cluster.asked()).toEqual(["b1:9092", "b2:9092"]);
  });

  it("row 9: leaves with the first answer that two brokers agree on", async () => {
    const cluster = new FakeCluster(b1, b2);
    expect(idsOf(await fetched(cluster))).toEqual([1, 2]);
    expect(cluster.transport.open.size).toBe(0);
  });

  it("row 9: leaves when nobody else can be asked", async () => {
    const cluster = new FakeCluster(b1);
    cluster.brokers = [b1, broker(2, { fenced: true })];
    expect(idsOf(await fetched(cluster))).toEqual([1, 2]);
    expect(cluster.asked()).toEqual(["b1:9092"]);
  });

  it("row 9: leaves when the others are silent, after hedgeAfterMs", async () => {
    const cluster = new FakeCluster(b1);
    cluster.brokers = [b1, b2];
    cluster.at(b2, FROZEN);
    let answer: KafkaCluster | undefined;
    void fetched(cluster).then((given) => (answer = given));
    await cluster.clock.advance(499);
    expect(answer).toBeUndefined();
    await cluster.clock.advance(1);
    expect(answer).toEqual({ clusterId: "ours", brokers: [b1, b2] });
    expect(cluster.transport.open.size).toBe(0);
  });

  it("row 9: is not asked for of a foreign cluster, nor of a broker that lists nobody", async () => {
    const cluster = new FakeCluster(b1);
    cluster.brokers = [b1, b2, broker(4)];
    cluster.at(
      b2,
      answering(() => ({ clusterId: "theirs", brokers: [b3] })),
    );
    cluster.at(broker(4), says());
    expect(idsOf(await fetched(cluster))).toEqual([1, 2, 4]);
    expect([...cluster.asked()].sort()).toEqual(["b1:9092", "b2:9092", "b4:9092"]);
  });

  it("row 9: is asked for where the poller's mapping says, and nowhere that it drops", async () => {
    const cluster = new FakeCluster(b1);
    cluster.brokers = [b1, b2, broker(4), broker(5)];
    cluster.at({ host: "nat2", port: 1 }, says(b3));
    const mapEndpoint: MapEndpoint = (endpoint) => {
      if (endpoint.id === "4") return undefined;
      if (endpoint.id === "5") throw new Error("no idea");
      return { ...endpoint, host: endpoint.id === "1" ? "b1" : "nat2", port: endpoint.id === "1" ? 9092 : 1 };
    };
    expect(idsOf(await fetched(cluster, { mapEndpoint }))).toEqual([1, 2, 3, 4, 5]);
    expect(cluster.asked()).toEqual(["b1:9092", "nat2:1"]);
  });

  it("costs nobody a question while the answer takes nobody away", async () => {
    const cluster = new FakeCluster(b1, b2, b3);
    await fetched(cluster);
    cluster.brokers = [b1, b2, { ...b3, fenced: true }, broker(4)];
    expect(idsOf(await fetched(cluster))).toEqual([1, 2, 3, 4]);
    expect(cluster.asked()).toEqual(["b1:9092", "b1:9092"]);
  });
});

describe("a broker that moved", () => {
  it("row 20: has not, if its old address still lists it there: the seed of the other listener is refused, and said so", async () => {
    const heard = rejections();
    const cluster = new FakeCluster();
    for (const each of inside) cluster.at(each, says(...inside));
    for (const each of outside) cluster.at(each, says(...outside));
    const previous = { clusterId: "ours", brokers: inside };
    const source = kafkaBrokersSource({ seeds: ["lb:9002"] }, cluster.context);
    expect(await source.fetch(context({ previous }))).toEqual(previous);
    expect(heard).toEqual([
      {
        source: "kafka:lb:9002",
        entry: "lb:9002",
        reason: expect.stringMatching(
          /^it lists brokers where in\d:9092, who is there, does not: it lags behind, or is of another listener \(use seeds of one\)$/,
        ),
      },
    ]);
    cluster.asked();
    await source.fetch(context({ previous, known: brokerEndpoints(previous) }));
    expect(cluster.asked()).toEqual([expect.stringMatching(/^in\d:9092$/)]);
    expect(heard).toHaveLength(1);
  });

  it("row 11: has, if nobody is at its old address any more", async () => {
    const heard = rejections();
    const cluster = new FakeCluster(b1, b2, b3);
    cluster.stop(b2);
    cluster.brokers = [b1, { ...b2, port: 9999 }, b3];
    expect(await fetched(cluster)).toEqual({ clusterId: "ours", brokers: cluster.brokers });
    expect(cluster.asked()).toEqual(["b1:9092", "b2:9092"]);
    expect(heard).toEqual([]);
  });

  it("row 11: has, if another broker of the cluster is at its old address", async () => {
    const heard = rejections();
    const cluster = new FakeCluster(b1, b2, b3);
    cluster.brokers = [b1, { ...b2, host: "b3" }, { ...b3, host: "b2" }];
    expect(await fetched(cluster)).toEqual({ clusterId: "ours", brokers: cluster.brokers });
    expect(heard).toEqual([]);
  });

  it("row 7: has, if a foreign cluster is at its old address", async () => {
    const cluster = new FakeCluster(b1, b3);
    cluster.at(
      b2,
      answering(() => ({ clusterId: "theirs", brokers: [b2] })),
    );
    cluster.brokers = [b1, { ...b2, port: 9999 }, b3];
    expect(await fetched(cluster)).toEqual({ clusterId: "ours", brokers: cluster.brokers });
  });

  it("row 20: does not hold up the poll when the old addresses are silent", async () => {
    const cluster = new FakeCluster();
    for (const each of inside) cluster.at(each, FROZEN);
    for (const each of outside) cluster.at(each, says(...outside));
    let answer: KafkaCluster | undefined;
    void fetched(cluster, { seed: "lb:9001", previous: { clusterId: "ours", brokers: inside } }).then((given) => (answer = given));
    await cluster.clock.advance(500);
    expect(answer?.brokers).toEqual(outside);
    expect(cluster.clock.pending).toBe(0);
  });
});

describe("a second opinion", () => {
  it("ends with the poll", async () => {
    const cluster = new FakeCluster(b1);
    cluster.brokers = [b1, b2];
    cluster.at(b2, FROZEN);
    const poll = new AbortController();
    const source = kafkaBrokersSource({ seeds: ["b1"] }, cluster.context);
    const asking = source.fetch(context({ previous: before, signal: poll.signal })).catch((error: unknown) => error);
    await settle();
    expect(cluster.asked()).toEqual(["b1:9092", "b2:9092"]);
    poll.abort(new Error("enough"));
    expect(await asking).toEqual(new Error("enough"));
    expect(cluster.clock.pending).toBe(0);
  });
});
