import { isDiscoveryError, MetadataPoller } from "@rollcall/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { kafkaBrokers } from "../src/kafka-brokers-source.js";
import type { KafkaOptions } from "../src/kafka-options.js";
import type { KafkaSimulatorUser, ScriptedAnswer } from "../src/simulator/index.js";
import { brokerAt, simulator } from "./simulator-support.js";
import { context } from "./support/fake-cluster.js";

const sasl: KafkaSimulatorUser = { mechanism: "PLAIN", username: "app", password: "s3cret" };
const twice = { id: 1, host: "h", port: 1, fenced: false };

/** Code and message of what one poll is refused with. */
async function refusal(options: KafkaOptions): Promise<string> {
  try {
    await kafkaBrokers({ attemptTimeoutMs: 4_000, ...options }).fetch(context());
  } catch (error) {
    if (isDiscoveryError(error)) return error.message;
    throw error;
  }
  throw new Error("the poll was answered");
}

describe("what a broker may answer", () => {
  it.each<[string, ScriptedAnswer, string]>([
    ["a frame of 2 GB", { kind: "length", length: 0x7fffffff }, "[MALFORMED_RESPONSE]"],
    ["a frame of negative length", { kind: "length", length: -1 }, "[MALFORMED_RESPONSE]"],
    ["the answer to another request", { kind: "correlation" }, "[MALFORMED_RESPONSE] the answer carries correlation id"],
    ["the end of the connection", { kind: "close" }, "[UNAVAILABLE]"],
    ["error 129", { kind: "error", code: 129 }, "[UNAVAILABLE] DescribeCluster was answered with REBOOTSTRAP_REQUIRED"],
    ["nobody", { kind: "brokers", brokers: [] }, "[EMPTY_METADATA] no broker is listed"],
    ["a broker twice", { kind: "brokers", brokers: [twice, twice] }, "[MALFORMED_RESPONSE] the answer lists broker 1 twice"],
    ["no cluster id, though one is given", { kind: "clusterId", clusterId: null }, "[FOREIGN_CLUSTER] the answer carries no cluster id"],
    ["another cluster id", { kind: "clusterId", clusterId: "theirs" }, "[FOREIGN_CLUSTER] the answer is of cluster theirs"],
  ])("row 19: %s is one clear error, and leaves no connection", async (_what, script, expected) => {
    const cluster = await simulator({ brokers: 1 });
    const { address } = brokerAt(cluster, 0);
    cluster.answer(brokerAt(cluster, 0), script);
    const message = await refusal({ seeds: [address], clusterId: cluster.clusterId });
    expect(message).toContain(`none of 1 candidates answered: ${address}: [kafka] ${expected}`);
    await expect.poll(() => cluster.connections).toBe(0);
  });
});

describe("half an answer", () => {
  it("row 5: is waited for as long as any, and leaves no connection", async () => {
    const cluster = await simulator({ brokers: 1 });
    const { address } = brokerAt(cluster, 0);
    cluster.answer(brokerAt(cluster, 0), { kind: "half" });
    const message = await refusal({ seeds: [address], attemptTimeoutMs: 200 });
    expect(message).toContain(`${address}: [kafka] [TIMEOUT] no answer within 200 ms`);
    await expect.poll(() => cluster.connections).toBe(0);
  });
});

describe("whom a seed may lead to", () => {
  it("row 16: a controller is told from a broker", async () => {
    const { controllerAddress } = await simulator({ brokers: 1 });
    expect(await refusal({ seeds: [controllerAddress] })).toContain("[MALFORMED_RESPONSE] this is a controller's listener");
  });

  it("row 16: a broker before Kafka 2.8 is asked for Metadata about no topics, in its own version", async () => {
    const cluster = await simulator({ brokers: 2, apis: { DescribeCluster: false, Metadata: 5 } });
    const { brokers } = await kafkaBrokers({ seeds: [brokerAt(cluster, 0).address] }).fetch(context());
    expect(brokers.map(({ id, rack, fenced }) => [id, rack, fenced])).toEqual(cluster.brokers.map(({ id, rack }) => [id, rack, false]));
    expect(cluster.requests.get("Metadata")).toBe(1);
  });

  it("credentials that are missing or wrong are named, without the password", async () => {
    const cluster = await simulator({ brokers: 1, security: { sasl } });
    const { address } = brokerAt(cluster, 0);
    expect(await refusal({ seeds: [address] })).toContain("check ssl and sasl in the option client");
    const wrong = await refusal({ seeds: [address], client: { sasl: { mechanism: "plain", username: "app", password: "wr0ng" } } });
    expect(wrong).toContain("[UNAUTHENTICATED]");
    expect(wrong).not.toContain("wr0ng");
  });
});

describe("brokers polled over sockets", () => {
  it("a broker that was added is in use after a refresh, and one that was unregistered is gone", async () => {
    const cluster = await simulator({ brokers: 3 });
    const source = kafkaBrokers({ seeds: cluster.brokers.map(({ address }) => address), client: cluster.client });
    const poller = new MetadataPoller(source, { intervalMs: 1_000, minIntervalMs: 10 });
    onTestFinished(() => poller.close());
    poller.subscribe(() => undefined);
    await poller.ready();
    const added = await cluster.addBroker();
    const gone = brokerAt(cluster, 0);
    await cluster.stop(gone);
    await cluster.unregister(gone);
    const rest = cluster.brokers.map(({ id }) => String(id));
    expect(rest).toContain(String(added.id));
    await poller.refresh();
    await expect.poll(() => poller.snapshot?.endpoints.map(({ id }) => id)).toEqual(rest); // once the new one has answered
    await expect.poll(() => cluster.connections).toBe(0);
  });
});
