import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Client, credentials } from "@grpc/grpc-js";
import * as ours from "@rollcall/core";
import { etcdMembers } from "@rollcall/etcd";
import { startEtcdSimulator } from "@rollcall/etcd/simulator";
import { grpcTarget } from "@rollcall/grpc";
import { bootstrapBrokers, kafkaBrokers } from "@rollcall/kafka";
import { startKafkaSimulator } from "@rollcall/kafka/simulator";
import { nameServerArray, rocketmqBrokers, rocketmqNameservers, rocketmqTopicRoute } from "@rollcall/rocketmq";
import { startRocketmqSimulator } from "@rollcall/rocketmq/simulator";
import { answer, ManualClock, recordingSink, scriptedSource } from "@rollcall/testkit";
import { undiciDispatcher } from "@rollcall/undici";
import { fetch } from "undici";

// An application whose copy of core is not the one that the packages around it have found. Usage: node two-copies.js <URL of their index.js>. It
// prints what works across the two, one line each, and throws where something does not.

const theirs: typeof ours = await import(process.argv[2] ?? "");
const PACE = { intervalMs: 1_000, minIntervalMs: 50 };
const same = (bytes: Buffer): Buffer => bytes;

/** Runs something with a poller of our copy, which it closes. */
async function withPoller<T>(source: ours.MetadataSource<T>, use: (poller: ours.MetadataPoller<T>) => Promise<unknown>): Promise<void> {
  const poller = new ours.MetadataPoller(source, PACE);
  try {
    await poller.ready();
    await use(poller);
  } finally {
    await poller.close();
  }
}

const trials: Readonly<Record<string, () => Promise<unknown>>> = {
  "errors are recognised, and keep their code": async () => {
    assert.notEqual(theirs.DiscoveryError, ours.DiscoveryError, "there is only one copy");
    const error = new ours.DiscoveryError("HELD", "once more", { source: "etcd" });
    assert.ok(theirs.isDiscoveryError(error) && theirs.toDiscoveryError(error, "kafka") === error);
    const refused = new ours.MetadataPoller(etcdMembers({ seeds: ["127.0.0.1:1"] }), PACE);
    const failure = await refused.ready({ signal: AbortSignal.timeout(300) }).catch((thrown: unknown) => thrown);
    assert.ok(
      ours.isDiscoveryError(failure) && failure.code === "ABORTED" && (failure.cause as ours.DiscoveryError).code === "UNAVAILABLE",
    );
    assert.ok(!(failure.cause instanceof ours.DiscoveryError) && ours.isDiscoveryError(failure.cause));
    await refused.close();
  },

  "a gRPC channel calls the etcd members of our poller": async () => {
    await using cluster = await startEtcdSimulator();
    await withPoller(etcdMembers({ seeds: cluster.members.map(({ clientUrl }) => clientUrl) }), async (poller) => {
      const client = new Client(grpcTarget(poller), credentials.createInsecure());
      await new Promise<void>((resolve, reject) => {
        const options = { deadline: Date.now() + 10_000 };
        const done = (error: unknown): void => (error ? reject(error) : resolve());
        client.makeUnaryRequest("/etcdserverpb.Maintenance/Status", same, same, Buffer.alloc(0), options, done);
      });
      client.close();
    });
  },

  "kafkajs starts from the brokers of our poller": async () => {
    await using cluster = await startKafkaSimulator();
    const addresses = cluster.brokers.map(({ address }) => address);
    await withPoller(kafkaBrokers({ seeds: addresses }), async (poller) => {
      using brokers = bootstrapBrokers(poller);
      assert.ok(addresses.includes((await brokers())[0] ?? ""));
    });
  },

  "routes and brokers of RocketMQ are asked of the nameservers of our poller": async () => {
    await using cluster = await startRocketmqSimulator();
    await cluster.createTopic("orders");
    const from = { seeds: cluster.nameservers.map(({ address }) => address) };
    await withPoller(rocketmqNameservers({ from }), async (nameservers) => {
      await using array = await nameServerArray(nameservers);
      assert.equal(array.length, from.seeds.length);
      for (const source of [rocketmqTopicRoute({ nameservers, topics: ["orders"] }), rocketmqBrokers({ nameservers })]) {
        await withPoller<unknown>(source as ours.MetadataSource<unknown>, async ({ snapshot }) => assert.ok(snapshot?.endpoints.length));
      }
    });
  },

  "fetch reaches the members of our poller": async () => {
    const server = createServer((_request, response) => response.end("hello")).listen(0, "127.0.0.1");
    await once(server, "listening");
    await withPoller(ours.fromSeeds([`127.0.0.1:${(server.address() as AddressInfo).port}`]), async (poller) => {
      const dispatcher = undiciDispatcher(poller);
      assert.equal(await (await fetch("http://orders.cluster/", { dispatcher })).text(), "hello");
      await dispatcher.close();
    });
    server.close();
  },

  "a live client and a registry hold our poller": async () => {
    const registry = new theirs.PollerRegistry();
    const make = (): ours.MetadataPoller<readonly string[]> => new ours.MetadataPoller(ours.fromSeeds(["a.test:1"]), PACE);
    const poller = registry.get("a", make);
    assert.ok(poller instanceof ours.MetadataPoller && registry.get("a", make) === poller);
    await using live = theirs.liveClient(poller, (endpoints) => endpoints.length, { dispose: () => undefined });
    assert.equal(await live.ready(), 1);
    await registry[Symbol.asyncDispose]();
    assert.equal(poller.status.state, "closed");
  },

  "the testkit's clock, source and sink test our poller": async () => {
    const clock = new ManualClock();
    const source = scriptedSource(clock, () => answer("a", "b"));
    const poller = new ours.MetadataPoller(source, { ...PACE, clock });
    const sink = recordingSink();
    poller.subscribe(sink);
    await clock.advance(0);
    assert.deepEqual([sink.folded.map(({ id }) => id), sink.problems], [["a", "b"], []]);
    await poller.close();
  },
};

for (const [name, trial] of Object.entries(trials)) {
  await trial().catch((cause: unknown) => {
    throw new Error(`not across two copies: ${name}`, { cause });
  });
  process.stdout.write(`${name}\n`);
}
