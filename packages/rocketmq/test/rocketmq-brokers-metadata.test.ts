import { describe, expect, it } from "vitest";
import { type RocketmqBrokers, sameBrokers } from "../src/rocketmq-brokers-metadata.js";
import { rocketmqBrokersSource } from "../src/rocketmq-brokers-source.js";
import { type RocketmqTopicRoutes, sameRoutes } from "../src/rocketmq-topic-route-metadata.js";
import { rocketmqTopicRouteSource } from "../src/rocketmq-topic-route-source.js";
import { NameserverWorld } from "./support/nameserver-world.js";

const { context } = new NameserverWorld([], []);
const broker = { address: "h:1", name: "a", cluster: "c", id: 0, zone: "z" };
const divergence = [{ nameserver: "n1:9876", lacks: ["h:1"] }];
const brokers: RocketmqBrokers = { kind: "brokers", brokers: [broker], divergence };
const queues = { broker: "a", readable: true, writable: true, readQueues: 4, writeQueues: 4 };
const routes: RocketmqTopicRoutes = {
  kind: "routes",
  topics: [
    { topic: "t", brokers: [broker], queues: [queues], orderTopicConf: "a:4" },
    { topic: "u", error: "TOPIC_NOT_EXIST", brokers: [], queues: [] },
  ],
  divergence,
};

const ofBrokers = rocketmqBrokersSource({ nameservers: ["n1"] }, context);
const ofRoutes = rocketmqTopicRouteSource({ nameservers: ["n1"], topics: ["t", "u"] }, context);

/** What a store brings back. */
function stored(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

describe("what was stored", () => {
  it("comes back as it was", () => {
    expect(ofBrokers.restore?.(stored(brokers))).toEqual(brokers);
    expect(ofRoutes.restore?.(stored(routes))).toEqual(routes);
  });

  it.each([
    null,
    [],
    {},
    routes,
    { ...brokers, kind: "nameservers" },
    { ...brokers, brokers: [{ ...broker, address: "h" }] },
    { ...brokers, brokers: [{ ...broker, id: "0" }] },
    { ...brokers, divergence: [{ nameserver: "n1:9876" }] },
  ])("is refused if it is no list of brokers: %j", (value) => {
    expect(() => ofBrokers.restore?.(stored(value))).toThrow(/\[MALFORMED_RESPONSE\] what was stored is no list of brokers/);
  });

  it.each([
    brokers,
    { ...routes, topics: {} },
    { ...routes, topics: [{ topic: "t", brokers: [], queues: [{ ...queues, readQueues: -1 }] }] },
    { ...routes, topics: routes.topics.toReversed() },
    { ...routes, topics: routes.topics.slice(0, 1) },
  ])("is refused if it is no list of the routes of these topics: %j", (value) => {
    expect(() => ofRoutes.restore?.(stored(value))).toThrow(/\[MALFORMED_RESPONSE\] what was stored are/);
  });

  it("is refused if it lists nobody", () => {
    expect(() => ofBrokers.restore?.({ ...brokers, brokers: [] })).toThrow(/\[EMPTY_METADATA\]/);
    expect(() => ofRoutes.restore?.({ ...routes, topics: routes.topics.map((each) => ({ ...each, brokers: [] })) })).toThrow(
      /\[EMPTY_METADATA\]/,
    );
  });
});

describe("row 16: whether two answers say the same", () => {
  it.each([
    { brokers: [] },
    { brokers: [{ ...broker, id: 1 }] },
    { brokers: [{ ...broker, name: "b" }] },
    { brokers: [{ ...broker, cluster: "d" }] },
    { brokers: [{ ...broker, zone: "y" }] },
    { brokers: [{ ...broker, address: "h:2" }] },
    { divergence: [] },
    { divergence: [{ nameserver: "n1:9876", lacks: ["h:2"] }] },
    { divergence: [{ nameserver: "n2:9876", lacks: ["h:1"] }] },
  ])("row 16: brokers differ by %j", (difference) => {
    expect(sameBrokers(brokers, stored(brokers) as RocketmqBrokers)).toBe(true);
    expect(sameBrokers(brokers, { ...brokers, ...difference })).toBe(false);
  });

  it.each([
    { topic: "s" },
    { error: "MALFORMED_RESPONSE" },
    { brokers: [] },
    { queues: [] },
    { queues: [{ ...queues, broker: "b" }] },
    { queues: [{ ...queues, readable: false }] },
    { queues: [{ ...queues, writable: false }] },
    { queues: [{ ...queues, readQueues: 8 }] },
    { queues: [{ ...queues, writeQueues: 8 }] },
    { orderTopicConf: "a:8" },
  ])("row 16: routes differ by %j", (difference) => {
    const [first, ...rest] = routes.topics;
    expect(sameRoutes(routes, stored(routes) as RocketmqTopicRoutes)).toBe(true);
    expect(sameRoutes(routes, { ...routes, topics: [{ ...(first as (typeof routes.topics)[number]), ...difference }, ...rest] })).toBe(
      false,
    );
    expect(sameRoutes(routes, { ...routes, divergence: [] })).toBe(false);
  });
});

describe("the endpoints of routes", () => {
  it("are the brokers of all topics, each once: readable and writable if any topic is, and master if any says so", () => {
    const slave = { ...broker, id: 1 };
    const first = { topic: "t", brokers: [slave], queues: [{ ...queues, readable: false }] };
    const second = { topic: "u", brokers: [broker, { ...broker, address: "h:2", name: "b" }], queues: [{ ...queues, writable: false }] };
    const attributes = { kind: "broker", cluster: "c", zone: "z" };
    expect([...ofRoutes.endpoints({ ...routes, topics: [first, second] })]).toEqual([
      {
        id: "h:1",
        host: "h",
        port: 1,
        attributes: { ...attributes, name: "a", brokerId: 0, role: "master", readable: true, writable: false },
      },
      {
        id: "h:2",
        host: "h",
        port: 2,
        attributes: { ...attributes, name: "b", brokerId: 0, role: "master", readable: false, writable: false },
      },
    ]);
  });
});
