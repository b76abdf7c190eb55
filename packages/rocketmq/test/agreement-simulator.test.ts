import { type Endpoint, MetadataPoller, type MetadataSource } from "@rollcall/core";
import { recordingSink, settle } from "@rollcall/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { rocketmqBrokers } from "../src/rocketmq-brokers-source.js";
import { rocketmqNameservers } from "../src/rocketmq-nameservers-source.js";
import { rocketmqTopicRoute } from "../src/rocketmq-topic-route-source.js";
import type { RocketmqSimulator } from "../src/simulator/index.js";
import { at, simulator } from "./simulator-support.js";

/** A poller that asks often, and ends with the test. */
function poller<T>(source: MetadataSource<T>): MetadataPoller<T> {
  const made = new MetadataPoller(source, { intervalMs: 200, minIntervalMs: 20, guard: () => true });
  onTestFinished(() => made.close());
  return made;
}

function addresses(cluster: RocketmqSimulator): readonly string[] {
  return cluster.nameservers.map(({ address }) => address);
}

/** Resolves once the endpoints are as they should be, with their names. */
async function until<T>(polled: MetadataPoller<T>, isDone: (endpoints: readonly Endpoint[]) => boolean): Promise<readonly unknown[]> {
  for await (const { endpoints } of polled) if (isDone(endpoints)) return endpoints.map(({ attributes }) => attributes?.["name"]);
  throw new Error("the poller was closed");
}

describe("on simulated servers", () => {
  it("row 12: a nameserver that forgets everything changes nothing", async () => {
    const cluster = await simulator({ nameservers: 3, brokers: 2, registerMs: 100 });
    await cluster.createTopic("orders");
    const routes = poller(rocketmqTopicRoute({ nameservers: addresses(cluster), topics: ["orders"] }));
    const sink = recordingSink();
    routes.subscribe(sink);
    await routes.ready();
    cluster.forget(at(cluster.nameservers, 0));
    for (let poll = 0; poll < 20; poll++) await routes.refresh();
    expect(sink.calls).toHaveLength(1);
  });

  it("row 12: so it is if every nameserver restarts, one after another", async () => {
    const cluster = await simulator({ nameservers: 3, brokers: 2, registerMs: 50 });
    const brokers = poller(rocketmqBrokers({ nameservers: addresses(cluster) }));
    const sink = recordingSink();
    brokers.subscribe(sink);
    await brokers.ready();
    for (const nameserver of cluster.nameservers) {
      await cluster.kill(nameserver);
      await brokers.refresh();
      await cluster.start(nameserver);
      for (let poll = 0; poll < 5; poll++) await brokers.refresh();
    }
    expect(sink.calls).toHaveLength(1);
  });

  it("row 13: the only broker of a topic dies: its route goes away with the next poll or two", async () => {
    const cluster = await simulator({ nameservers: 3, brokers: 2 });
    const [a, b] = cluster.brokers;
    if (a === undefined || b === undefined) throw new Error("there are two");
    await cluster.createTopic("orders", { brokers: [a] });
    await cluster.createTopic("bills", { brokers: [b] });
    const routes = poller(rocketmqTopicRoute({ nameservers: addresses(cluster), topics: ["orders", "bills"] }));
    expect((await routes.ready()).metadata.topics.map(({ error }) => error)).toEqual([undefined, undefined]);
    await routes.refresh();
    await cluster.kill(a);
    expect(await until(routes, (endpoints) => endpoints.length === 1)).toEqual([b.name]);
    expect(routes.snapshot?.metadata.topics[0]).toEqual({ topic: "orders", error: "TOPIC_NOT_EXIST", brokers: [], queues: [] });
  });

  it("row 22: a broker that one nameserver does not list is reported", async () => {
    const cluster = await simulator({ nameservers: 2, brokers: 1 });
    const [first, second] = cluster.nameservers;
    if (first === undefined || second === undefined) throw new Error("there are two");
    const lonely = await cluster.announce({ name: "lonely", topics: { t: 6, u: 6 }, at: [second] });
    const brokers = poller(rocketmqBrokers({ nameservers: addresses(cluster) }));
    const { metadata } = await brokers.ready();
    expect(metadata.brokers.map(({ name }) => name).sort()).toEqual(["broker-a", "lonely"]);
    expect(metadata.divergence).toEqual([{ nameserver: first.address, lacks: [lonely.address] }]);
  });

  it("row 8: everything is replaced, nameservers first, by a feed of an address server; then no connection is left", async () => {
    const cluster = await simulator({ nameservers: 2, brokers: 1 });
    const list = poller(rocketmqNameservers({ from: { addressServer: cluster.addressServer.url } }));
    const brokers = poller(rocketmqBrokers({ nameservers: list, removalGraceMs: 100, probeBrokers: true }));
    const sink = recordingSink();
    brokers.subscribe(sink);
    await brokers.ready();
    const [old] = cluster.brokers;
    const before = [...cluster.nameservers];
    const nameservers = [await cluster.addNameserver(), await cluster.addNameserver()];
    const next = await cluster.addBroker({ nameservers });
    cluster.addressServer.addresses = nameservers.map(({ address }) => address);
    expect(await until(brokers, (endpoints) => endpoints.some(({ id }) => id === next.address) && endpoints.length === 1)).toEqual([
      next.name,
    ]);
    expect(old?.address).not.toBe(next.address);
    const asked = before.map((each) => cluster.requestsOf(each).get("GET_BROKER_CLUSTER_INFO"));
    for (let poll = 0; poll < 5; poll++) await brokers.refresh();
    expect(before.map((each) => cluster.requestsOf(each).get("GET_BROKER_CLUSTER_INFO"))).toEqual(asked);
    await brokers.close();
    expect(list.status.state).not.toBe("closed");
    while (cluster.connections > 0) await settle();
    expect(sink.problems).toEqual([]);
  });
});
