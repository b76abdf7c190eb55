import { describe, expect, it } from "vitest";
import { rocketmqBrokersSettings } from "../src/rocketmq-brokers-options.js";
import { rocketmqBrokers } from "../src/rocketmq-brokers-source.js";
import { rocketmqTopicRouteSettings } from "../src/rocketmq-topic-route-options.js";
import { rocketmqTopicRoute } from "../src/rocketmq-topic-route-source.js";
import { NameserverWorld } from "./support/nameserver-world.js";
import { worldFeed } from "./support/world-stage.js";

const nameservers = ["N1", "[::1]:9877"];

describe("the key", () => {
  it("names nameservers and topics, and nothing of a feed", async () => {
    expect(rocketmqBrokersSettings({ nameservers }).key).toBe("rocketmq-brokers:n1:9876,[::1]:9877");
    expect(rocketmqTopicRouteSettings({ nameservers, topics: ["a", "b"] }).key).toBe("rocketmq-routes:n1:9876,[::1]:9877:a,b");
    const { feed } = await worldFeed(new NameserverWorld([], []));
    expect(rocketmqBrokersSettings({ nameservers: feed }).key).toMatch(/^rocketmq-brokers:<.*feed>$/);
  });

  it("stays short with many topics, and tells them from others", () => {
    const topics = Array.from({ length: 10_000 }, (_, at) => `topic-${at}`);
    const { key } = rocketmqTopicRouteSettings({ nameservers, topics });
    expect(key).toMatch(/:topic-0,… \(10000 topics, [0-9a-f]{16}\)$/);
    expect(rocketmqTopicRouteSettings({ nameservers, topics: [...topics.slice(0, -1), "other"] }).key).not.toBe(key);
  });
});

describe("options that are refused", () => {
  it.each([
    [undefined],
    ["t"],
    [[]],
    [["a", "a"]],
    [["a b"]],
    [["a.b"]],
    [["a".repeat(128)]],
    [[""]],
    [[1]],
    [Array.from({ length: 10_001 }, (_, at) => `t${at}`)],
  ])("topics %j", (topics) => {
    const make = (): unknown => rocketmqTopicRoute({ nameservers, topics: topics as readonly string[] });
    expect(make).toThrow(/^\[rocketmq\] \[INVALID_OPTIONS\] topics.*allowed is a list of 1 to 10000 topic names/);
  });

  it("a name that is not known, and a list of nobody", () => {
    expect(() => rocketmqBrokers({ nameservers, topics: ["t"] } as never)).toThrow(/\[INVALID_OPTIONS\] option names: got topics/);
    expect(() => rocketmqBrokers({ nameservers: [] })).toThrow(/\[INVALID_OPTIONS\] nameservers/);
  });

  it("no legal one", () => {
    const topics = ["a".repeat(127), "%RETRY%group", "a|b", "A_b-9"];
    expect(rocketmqTopicRouteSettings({ nameservers, topics }).topics).toEqual(topics);
  });
});
