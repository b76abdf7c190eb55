import { type KafkaSimulator, startKafkaSimulator } from "@rollcall/kafka/simulator";
import { expect, it, onTestFinished, vi } from "vitest";
import { type Application, refuses, startApplication } from "./support/application.js";

const WATCH_PRODUCER = `
import { Kafka } from "kafkajs";
const { producer } = Kafka.prototype;
Kafka.prototype.producer = function (options) {
  const made = producer.call(this, options);
  return { ...made, disconnect: tell("producer", made.disconnect) };
};`;

/** Of kafkajs 2.2.4: of its partitioner, and Node 24's of a pause that it counts from 1970. */
const NO_WARNINGS = { KAFKAJS_NO_PARTITIONER_WARNING: "1", NODE_OPTIONS: "--disable-warning=TimeoutNegativeWarning" };

async function start(witness = ""): Promise<{ readonly app: Application; readonly cluster: KafkaSimulator }> {
  const cluster = await startKafkaSimulator();
  onTestFinished(() => cluster[Symbol.asyncDispose]());
  await cluster.createTopics([{ topic: "orders" }]);
  const KAFKA = cluster.brokers.map(({ address }) => address).join();
  return {
    cluster,
    app: await startApplication("nestjs-orders", { KAFKA, ...NO_WARNINGS }, `${WATCH_PRODUCER}\n${witness}`),
  };
}

const order = (app: Application, id: number): Promise<Response> =>
  fetch(`${app.url}/orders`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ id }) });

it("takes orders, and says which brokers it knows and that it is ready", { timeout: 60_000 }, async () => {
  const { app, cluster } = await start();
  expect(await (await order(app, 1)).json()).toEqual({ partition: 0, offset: "0" });
  expect(cluster.records("orders").map(({ value }) => String(value))).toEqual(['{"id":1}']);
  expect(await (await fetch(`${app.url}/brokers`)).json()).toHaveLength(3);
  const ready = await fetch(`${app.url}/ready`);
  expect([ready.status, await ready.json()]).toMatchObject([200, { ready: true, endpoints: 3 }]);
});

it("ends by SIGTERM after the order in flight is taken: the server first, then the producer, then the poller", {
  timeout: 60_000,
}, async () => {
  const { app, cluster } = await start();
  await Promise.all(cluster.brokers.map((broker) => cluster.freeze(broker)));
  const answer = order(app, 1);
  await vi.waitUntil(() => app.output().includes("asked /orders"), 10_000);
  app.terminate();
  await refuses(app.url);
  expect(app.closed()).toEqual([]);
  await Promise.all(cluster.brokers.map((broker) => cluster.thaw(broker)));
  expect((await answer).status).toBe(201);
  expect(await app.ended).toEqual([null, "SIGTERM"]);
  expect(app.closed()).toEqual(["producer", "poller"]);
  expect([app.complaints(), cluster.records("orders").length]).toEqual(["", 1]);
});

it("leaves no handle behind: without the signal that Nest sends itself at last it ends as well", { timeout: 60_000 }, async () => {
  const { app } = await start("process.kill = () => true;");
  await order(app, 1);
  app.terminate();
  expect(await app.ended).toEqual([0, null]);
  expect(app.closed()).toEqual(["producer", "poller"]);
});
