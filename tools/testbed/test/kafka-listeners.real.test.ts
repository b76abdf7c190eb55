import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import type { ISocketFactory } from "kafkajs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundled, type Ended, runProgram } from "../scenarios/child-program.js";
import { addresses, believed, brokerAt, brokersOf, idOf, listed, staticAdmin, type Test } from "../scenarios/kafka-scenario.js";
import { type RealKafkaCluster, requireKafka, startRealKafka } from "../src/index.js";
import { printer } from "./support/printer.js";

const kafka = await requireKafka();
const PROGRAM = fileURLToPath(new URL("../scenarios/kafka-exit-program.ts", import.meta.url));
const PATIENT = { intervalMs: 600_000, minIntervalMs: 10 } as const;
const CLOSED_PORT = 1;

/** What is heard of refused entries until the test ends. */
function rejections(test: Test): readonly unknown[] {
  const heard: unknown[] = [];
  const hear = (message: unknown): void => void heard.push(message);
  subscribe("rollcall:rejected", hear);
  test.onTestFinished(() => void unsubscribe("rollcall:rejected", hear));
  return heard;
}

/** Connections to these ports are refused, once each. */
function refusingOnce(ports: Set<number>): ISocketFactory {
  return ({ host, port, onConnect }) => connect({ host, port: ports.delete(port) ? CLOSED_PORT : port }, onConnect);
}

function portsOf(brokers: readonly string[]): number[] {
  return brokers.map((address) => Number(address.split(":")[1]));
}

// What only real brokers have: two listeners each, racks that change, and a process of one's own beside them that is at rest.
describe.skipIf("reason" in kafka)("[kafka 4.4] listeners, racks and rest", () => {
  let cluster: RealKafkaCluster;
  let resting: Promise<Ended>;
  beforeAll(async () => {
    if ("reason" in kafka) return;
    cluster = await startRealKafka({ ...kafka, processes: false });
    resting = runProgram(await bundled(PROGRAM), "rest", "", ...addresses(cluster));
    resting.catch(() => undefined); // the last test tells
  });
  afterAll(() => cluster?.[Symbol.asyncDispose]());

  it("row 20: when no known broker answers for a moment and a seed of another listener does, it is refused and no address changes", async (test) => {
    const [own, internal] = [addresses(cluster), cluster.internalAddresses];
    const seeds = [own, internal].flatMap((each) => each.slice(0, 1));
    const away = new Set(portsOf(internal));
    const client = { ...cluster.client, socketFactory: refusingOnce(away) };
    const poller = brokersOf(test, cluster, { ...PATIENT, client, seeds });
    const before = await poller.ready();
    expect(believed(poller)).toBe(listed(...cluster.brokers));

    const heard = rejections(test);
    away.clear();
    for (const port of portsOf(own)) away.add(port);
    expect(await poller.refresh()).toBe(before);
    expect([...away], "all known brokers must have been asked, else this run proves nothing").toEqual([]);
    expect(heard).toEqual([
      { source: `kafka:${seeds.join()}`, entry: internal[0], reason: expect.stringContaining("of another listener") },
    ]);
    await poller.refresh();
    expect(heard).toHaveLength(1);

    const { brokers } = await (await staticAdmin(test, cluster, [...internal])).describeCluster();
    const told = brokers.map(({ host, port }) => `${host}:${port}`).sort();
    expect(told, "kafkajs must be led to the other listener, else this run proves nothing").toEqual([...internal].sort());
  });

  it("row 11: a broker that is back in another rack is changed, not removed and added", async (test) => {
    const poller = brokersOf(test, cluster, PATIENT);
    const diffs: unknown[] = [];
    poller.subscribe((_, { added, removed, changed }) => diffs.push([added.length, removed, changed]));
    const moving = brokerAt(cluster, 0);
    const find = () => poller.snapshot?.endpoints.find(({ id }) => id === idOf(moving));
    await poller.ready();
    const before = find();
    await cluster.stop(moving);
    await cluster.start(moving, { rack: "attic" });
    await poller.refresh();
    expect(find()).toEqual({ ...before, attributes: { rack: "attic" } });
    expect(diffs).toEqual([
      [cluster.brokers.length, [], []],
      [0, [], [[before, find()]]],
    ]);
  });

  it("row 18: what a process costs while nothing happens is printed", async () => {
    const { stdout, stderr } = await resting;
    expect([stdout, stderr]).toEqual([expect.stringMatching(/^\d+\.\d ms of CPU/), ""]);
    printer("kafka 4.4")(stdout.trim());
  });
});
