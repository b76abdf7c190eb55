import type { MetadataSource } from "@rollcall/core";
import { type SourceCapabilities, type SourceHarness, sourceConformance } from "@rollcall/testkit";
import { describe, it } from "vitest";
import type { RocketmqOptions } from "../src/index.js";
import { rocketmqBrokers } from "../src/rocketmq-brokers-source.js";
import { rocketmqTopicRoute } from "../src/rocketmq-topic-route-source.js";
import { type RocketmqSimulator, startRocketmqSimulator } from "../src/simulator/index.js";
import { at } from "./simulator-support.js";

/** A simulated cluster with a topic on every broker. */
interface RocketmqHarness extends SourceHarness {
  readonly cluster: RocketmqSimulator;
}

const USER = { accessKey: "app", secretKey: "s3cret-key" };
const WRONG = { accessKey: "app", secretKey: "wr0ng-key" };

const MAKERS: Readonly<Record<string, (options: RocketmqOptions) => MetadataSource<unknown>>> = {
  rocketmqBrokers,
  rocketmqTopicRoute: (options) => rocketmqTopicRoute({ ...options, topics: ["orders", "unknown"] }),
};

async function harness(make: (options: RocketmqOptions) => MetadataSource<unknown>): Promise<RocketmqHarness> {
  const cluster = await startRocketmqSimulator({ nameservers: 3, brokers: 3, security: { acl: USER } });
  await cluster.createTopic("orders");
  return {
    cluster,
    seeds: cluster.nameservers.map(({ address }) => address),
    source: (nameservers) => make({ nameservers, acl: USER, hedgeAfterMs: 50, attemptTimeoutMs: 500, probeBrokers: true }),
    close: () => cluster[Symbol.asyncDispose](),
  };
}

const everything: SourceCapabilities<RocketmqHarness> = {
  runner: { describe, it },
  severalSeeds: true,
  restore: true,
  connections: ({ cluster }) => cluster.connections,
  stopServing: async ({ cluster }, { id }) => {
    const broker = cluster.brokers.find(({ address }) => address === id);
    if (broker === undefined) throw new Error(`there is no broker ${id}`);
    await cluster.freeze(broker);
  },
  malformed: async ({ cluster }) => {
    const nameserver = at(cluster.nameservers, 0);
    cluster.answer(nameserver, { kind: "body", body: '{"brokerAddrTable":[],"brokerDatas":{}}' });
    return [nameserver.address];
  },
  // A nameserver that has just started lists nobody.
  partial: async ({ cluster }) => {
    const nameserver = await cluster.addNameserver();
    return [nameserver.address];
  },
};

for (const [name, make] of Object.entries(MAKERS)) {
  sourceConformance(name, () => harness(make), {
    ...everything,
    secrets: [USER.secretKey, WRONG.secretKey],
    // Nameservers never check who asks; somebody who does is no nameserver, and says so only to those that he knows.
    wrongCredentials: ({ cluster }) => make({ nameservers: [at(cluster.brokers, 0).address], acl: WRONG }),
  });
}
