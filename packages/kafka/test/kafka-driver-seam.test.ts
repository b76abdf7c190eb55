import { readFile } from "node:fs/promises";
import { MetadataPoller } from "@rollcall/core";
import { ManualClock } from "@rollcall/testkit";
import { expect, it, onTestFinished } from "vitest";
import { kafkaBrokersSource } from "../src/kafka-brokers-source.js";
import { answering, broker } from "./support/fake-cluster.js";
import { FakeTransport } from "./support/fake-transport.js";

const transportFile = new URL("./support/fake-transport.ts", import.meta.url);

it("a second driver is one transport of at most 40 lines, and no second source", async () => {
  const text = await readFile(transportFile, "utf8");
  expect(text.trimEnd().split("\n").length).toBeLessThanOrEqual(40);
  expect(text).not.toContain('kafkajs"');
  const transport = new FakeTransport();
  const brokers = [broker(1), broker(2, { rack: "az2" }), broker(3, { fenced: true })];
  transport.listening.set(
    "seed:9092",
    answering(() => ({ clusterId: "ours", brokers })),
  );
  const clock = new ManualClock();
  const poller = new MetadataPoller(kafkaBrokersSource({ seeds: ["seed"] }, { transport: () => transport, clock }), { clock });
  onTestFinished(() => poller.close());
  const ready = poller.ready();
  await clock.advance(0);
  const { endpoints, aside } = await ready;
  expect(endpoints).toEqual([
    { id: "1", host: "b1", port: 9092 },
    { id: "2", host: "b2", port: 9092, attributes: { rack: "az2" } },
  ]);
  expect(aside).toEqual([{ id: "3", host: "b3", port: 9092 }]);
});
