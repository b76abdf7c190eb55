import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { type Endpoint, hostPort, MetadataPoller } from "@rollcall/core";
import { Kafka, type KafkaConfig, logLevel, type Producer } from "kafkajs";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { bootstrapBrokers } from "../src/bootstrap-brokers.js";
import { kafkaBrokers } from "../src/kafka-brokers-source.js";
import type { KafkaClientOptions } from "../src/kafka-transport.js";
import { type KafkaSimulator, type KafkaSimulatorOptions, startKafkaSimulator } from "../src/simulator/index.js";

const TOPIC = "orders";
const PARTITIONS = 3;
const KAFKAJS = { logLevel: logLevel.NOTHING, connectionTimeout: 500, retry: { retries: 4, initialRetryTime: 20 } } as const;

async function simulator(options: KafkaSimulatorOptions = {}): Promise<KafkaSimulator> {
  const cluster = await startKafkaSimulator({ brokers: 3, sessionMs: 300, ...options });
  onTestFinished(() => cluster[Symbol.asyncDispose]());
  await cluster.createTopics([{ topic: TOPIC, partitions: PARTITIONS }]);
  return cluster;
}

/** A poller that began with the brokers of this moment as seeds, and never hears of others except by asking. */
function follow(cluster: KafkaSimulator, client: KafkaClientOptions = cluster.client) {
  const seeds = cluster.brokers.map(({ address }) => address);
  const poller = new MetadataPoller(kafkaBrokers({ seeds, client }), { intervalMs: 200, minIntervalMs: 20, timeoutMs: 5_000 });
  onTestFinished(() => poller.close());
  return { poller, seeds, client, live: bootstrapBrokers(poller) };
}

async function producer(client: KafkaClientOptions, brokers: KafkaConfig["brokers"]): Promise<Producer> {
  const made = new Kafka({ ...KAFKAJS, ...client, brokers }).producer({ metadataMaxAge: 30_000 });
  onTestFinished(() => made.disconnect());
  await made.connect();
  return made;
}

async function send(by: Producer, partition: number): Promise<void> {
  await by.send({ topic: TOPIC, messages: [{ partition, value: "x" }] });
}

/** One message for each partition, one after the other; the partitions whose message failed. */
async function failedSends(by: Producer): Promise<number[]> {
  const failed: number[] = [];
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    await send(by, partition).catch(() => failed.push(partition));
  }
  return failed;
}

describe("kafkajs with bootstrapBrokers", () => {
  it.each<[string, KafkaSimulatorOptions]>([
    ["row 17: over plaintext", {}],
    ["row 17: with SASL", { security: { sasl: { mechanism: "PLAIN", username: "app", password: "secret" } } }],
  ])(
    "%s: idle producers and new clients survive the replacement of every broker, with a list of addresses they do not",
    async (_, options) => {
      const cluster = await simulator(options);
      const { seeds, client, live } = follow(cluster);
      const [idle, control] = [await producer(client, live), await producer(client, seeds)];
      expect([await failedSends(idle), await failedSends(control)]).toEqual([[], []]);

      await cluster.replaceAll();
      expect(seeds.filter((seed) => cluster.brokers.some(({ address }) => address === seed))).toEqual([]);

      await expect(send(control, 0), "the run is void unless the control fails").rejects.toThrow();
      expect(await failedSends(idle)).toEqual([]);
      expect(await failedSends(await producer(client, live))).toEqual([]);
      const admin = new Kafka({ ...KAFKAJS, ...client, brokers: live }).admin();
      onTestFinished(() => admin.disconnect());
      await admin.connect();
      expect(await admin.listTopics()).toEqual([TOPIC]);
      await expect(producer(client, seeds)).rejects.toThrow();
      expect(cluster.records(TOPIC)).toHaveLength(4 * PARTITIONS);
    },
    30_000,
  );

  it("row 17: a client that starts before the cluster waits for it", async () => {
    const cluster = await simulator();
    await cluster.killAll();
    const { poller, client, live } = follow(cluster);
    const started = producer(client, live);
    await expect(poller.refresh()).rejects.toThrow("ECONNREFUSED");
    await cluster.startAll();
    expect(await failedSends(await started)).toEqual([]);
  });

  it("row 17: with nobody at all, kafkajs tries again and its error names the reason", async () => {
    const poller = new MetadataPoller(kafkaBrokers({ seeds: [`127.0.0.1:${await closedPort()}`] }));
    onTestFinished(() => poller.close());
    await expect(producer({}, bootstrapBrokers(poller, { waitMs: 0 }))).rejects.toThrow("no-kafka-broker-is-known-yet.invalid");
  });
});

it("row 17: a wrong password is what kafkajs complains of, though the brokers are looked at first", async () => {
  const user = { mechanism: "plain", username: "app" } as const;
  const cluster = await simulator({ security: { sasl: { ...user, mechanism: "PLAIN", password: "secret" } } });
  const seeds = cluster.brokers.map(({ address }) => address);
  const client: KafkaClientOptions = { sasl: { ...user, password: "wrong" } };
  const poller = new MetadataPoller(kafkaBrokers({ seeds, client }));
  onTestFinished(() => poller.close());
  await expect(producer(client, bootstrapBrokers(poller, { seeds, client }))).rejects.toThrow(/authentication failed/);
});

describe("row 17: a broker that accepts connections and says nothing", () => {
  it("row 17: holds up none of 12 clients with the option `client`, and some without it", async () => {
    const cluster = await simulator({ sessionMs: 60_000 });
    const leader = await cluster.moveLeader(TOPIC, 0);
    const frozen = cluster.brokers.find(({ id }) => id !== leader);
    if (frozen === undefined) throw new Error("there is only one broker");
    const seeds = cluster.brokers.map(({ address }) => address);
    const poller = new MetadataPoller(kafkaBrokers({ seeds }));
    onTestFinished(() => poller.close());
    await poller.ready();
    await cluster.freeze(frozen);

    /** How many of 12 clients fail, one after the other; kafkajs would wait for half a minute before it says so. */
    const failures = async (brokers: KafkaConfig["brokers"]): Promise<number> => {
      let failed = 0;
      for (let clients = 0; clients < 12; clients += 1) {
        const made = new Kafka({ ...KAFKAJS, requestTimeout: 400, retry: { retries: 1, initialRetryTime: 20 }, brokers }).producer();
        await made.connect().then(
          () => send(made, 0).catch(() => (failed += 1)),
          () => (failed += 1),
        );
        await made.disconnect();
      }
      return failed;
    };
    expect(await failures(bootstrapBrokers(poller, { client: {} }))).toBe(0);
    expect(await failures(bootstrapBrokers(poller)), "the run is void unless the control fails").toBeGreaterThan(0);
  }, 30_000);
});

describe("row 13: a broker whose advertised address cannot be reached", () => {
  /** The cluster advertises broker 3 at a port where nobody listens. */
  async function badlyAdvertised() {
    const cluster = await simulator();
    const at = cluster.brokers.map(({ id, address, rack }) => ({ id, rack, fenced: false, ...addressOf(address) }));
    const behind = at.find(({ id }) => id === 3) ?? { host: "", port: 0 };
    const advertised = { ...behind, port: await closedPort() };
    const brokers = at.map((broker) => (broker.id === 3 ? { ...broker, port: advertised.port } : broker));
    for (const broker of cluster.brokers) cluster.answer(broker, { kind: "brokers", brokers });
    return { cluster, advertised, behind };
  }

  it("row 13: is set aside once suspected, comes last, and its partitions are lost to kafkajs", async () => {
    const { cluster, advertised } = await badlyAdvertised();
    const { poller, client, live } = follow(cluster);
    const isAside = (endpoints: readonly Endpoint[]): boolean => endpoints.some(({ port }) => port === advertised.port);
    // What kafkajs does: it asks again at once when the pick cannot be reached.
    for (let asked = 0; asked < 4; asked += 1) await live();
    for await (const { aside } of poller) if (isAside(aside)) break;
    for (let asked = 0; asked < 9; asked += 1) expect(await live()).not.toEqual([hostPort.format(advertised)]);
    expect(await failedSends(await producer(client, live))).toHaveLength(1);
  });

  it("row 13: works like any other with a map in `socketFactory`, for the poller and for kafkajs alike", async () => {
    const { cluster, advertised, behind } = await badlyAdvertised();
    const map = new Map([[hostPort.format(advertised), { host: behind.host, port: behind.port }]]);
    let mapped = 0;
    const socketFactory: KafkaConfig["socketFactory"] = ({ host, port, onConnect }) => {
      const to = map.get(`${host}:${port}`);
      if (to !== undefined) mapped += 1;
      return connect(to ?? { host, port }, onConnect);
    };
    const { poller, client, live } = follow(cluster, { ...cluster.client, socketFactory });
    expect(await failedSends(await producer(client, live))).toEqual([]);
    const before = mapped;
    poller.suspect(advertised);
    await vi.waitUntil(() => mapped > before);
    await poller.refresh();
    expect([poller.snapshot?.endpoints.length, poller.snapshot?.aside]).toEqual([3, []]);
  });

  it("row 13: a map in `mapEndpoint` alone reaches the poller, but not the brokers that kafkajs learns by itself", async () => {
    const { cluster, advertised, behind } = await badlyAdvertised();
    const poller = new MetadataPoller(kafkaBrokers({ seeds: cluster.brokers.map(({ address }) => address) }), {
      mapEndpoint: (endpoint) => (endpoint.port === advertised.port ? { ...endpoint, port: behind.port } : endpoint),
    });
    onTestFinished(() => poller.close());
    expect(await failedSends(await producer({}, bootstrapBrokers(poller)))).toHaveLength(1);
    expect(poller.snapshot?.endpoints.map(({ port }) => port)).toContain(behind.port);
  });
});

function addressOf(text: string): { readonly host: string; readonly port: number } {
  return hostPort.parse(text) ?? { host: "", port: 0 };
}

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
