import { ManualClock } from "@rollcall/testkit";
import { expect, test } from "vitest";
import { REQUEST } from "../src/protocol/request-codes.js";
import { ask, at, connection, listed, route, simulator } from "./simulator-support.js";

const FIVE_SECONDS = { signal: AbortSignal.timeout(5_000) };

test("every nameserver lists every broker from the beginning, and the address server every nameserver", async () => {
  const cluster = await simulator();
  const all = cluster.brokers.map(({ name, address }) => `${name}[0=${address}]`);
  expect(all).toHaveLength(2);
  for (const nameserver of cluster.nameservers) expect(await listed(nameserver)).toEqual(all);
  const said = await (await fetch(cluster.addressServer.url)).text();
  expect(said).toBe(cluster.nameservers.map(({ address }) => address).join(";"));
  await expect.poll(() => cluster.connections).toBe(0);
});

test("a topic is on every nameserver once it has been created, and on no broker that was not named", async () => {
  const cluster = await simulator();
  await cluster.createTopic("orders", { brokers: [at(cluster.brokers, 1)], queues: 3 });
  for (const nameserver of cluster.nameservers) {
    const { brokerDatas = [], queueDatas } = (await route(nameserver, "orders")) ?? {};
    expect(brokerDatas.map(({ brokerName, brokerAddrs }) => [brokerName, brokerAddrs])).toEqual([
      ["broker-b", { "0": at(cluster.brokers, 1).address }],
    ]);
    expect(queueDatas).toEqual([{ brokerName: "broker-b", perm: 6, readQueueNums: 3, topicSysFlag: 0, writeQueueNums: 3 }]);
  }
});

test.each(["stop", "kill"] as const)("%s takes a broker from every nameserver at once; it comes back with its topics", async (how) => {
  const cluster = await simulator();
  const [broker, other] = [at(cluster.brokers, 0), at(cluster.brokers, 1)];
  await cluster.createTopic("orders", { brokers: [broker] });
  await cluster[how](broker);
  for (const nameserver of cluster.nameservers) expect(await listed(nameserver)).toEqual([`${other.name}[0=${other.address}]`]);
  await expect(ask(broker, REQUEST.HEART_BEAT)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(await route(at(cluster.nameservers, 0), "orders")).toBeUndefined();
  await cluster.start(broker);
  for (const nameserver of cluster.nameservers) expect(await route(nameserver, "orders")).toBeDefined();
});

test("a frozen broker stays listed, and answers what it was asked meanwhile once it goes on", async () => {
  const cluster = await simulator({ nameservers: 1 });
  const broker = at(cluster.brokers, 0);
  await cluster.freeze(broker);
  const late = (await connection(broker)).request({ code: REQUEST.GET_BROKER_RUNTIME_INFO }, FIVE_SECONDS);
  expect(await listed(at(cluster.nameservers, 0))).toHaveLength(2);
  await cluster.thaw(broker);
  expect(await late).toMatchObject({ code: 0 });
});

test("a broker that is frozen for too long is dropped, and comes back as soon as it goes on", async () => {
  const clock = new ManualClock();
  const cluster = await simulator({ nameservers: 1, brokers: 1, expiryMs: 1_000, clock });
  const [nameserver, broker] = [at(cluster.nameservers, 0), at(cluster.brokers, 0)];
  await cluster.freeze(broker);
  await clock.advance(1_000);
  expect(await listed(nameserver)).toHaveLength(1);
  await clock.advance(1);
  expect(await listed(nameserver)).toEqual([]);
  await cluster.thaw(broker);
  expect(await listed(nameserver)).toHaveLength(1);
});

test("a nameserver that starts again is empty until brokers register, at its old address", async () => {
  const clock = new ManualClock();
  const cluster = await simulator({ clock });
  const nameserver = at(cluster.nameservers, 0);
  await cluster.kill(nameserver);
  await expect(listed(nameserver)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  await cluster.start(nameserver);
  expect(await listed(nameserver)).toEqual([]);
  await clock.advance(cluster.registerMs);
  await expect.poll(() => listed(nameserver), { interval: 10, timeout: 5_000 }).toHaveLength(2);
});

test("a frozen nameserver accepts and is silent; killed, it breaks the connection", async () => {
  const cluster = await simulator();
  const [frozen, killed] = [at(cluster.nameservers, 0), at(cluster.nameservers, 1)];
  await cluster.freeze(frozen);
  await cluster.freeze(killed);
  const question = { code: REQUEST.GET_BROKER_CLUSTER_INFO };
  const late = (await connection(frozen)).request(question, FIVE_SECONDS);
  const lost = (await connection(killed)).request(question, FIVE_SECONDS);
  await cluster.kill(killed);
  await expect(lost).rejects.toMatchObject({ code: "UNAVAILABLE" });
  await cluster.thaw(frozen);
  expect(await late).toMatchObject({ code: 0 });
});

test("a nameserver may be reserved first, and a broker registers there once it starts", async () => {
  const cluster = await simulator({ nameservers: 1, brokers: 0 });
  const later = await cluster.addNameserver({ up: false });
  const broker = await cluster.addBroker({ name: "solo" });
  await expect(listed(later)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  await cluster.start(later);
  await expect.poll(() => listed(later), { interval: 10, timeout: 5_000 }).toEqual([`solo[0=${broker.address}]`]);
});

test("servers may be added at once: each has an address and a name of its own", async () => {
  const cluster = await simulator({ nameservers: 0, brokers: 0 });
  await Promise.all(Array.from({ length: 5 }, () => cluster.addNameserver()));
  await Promise.all(Array.from({ length: 5 }, () => cluster.addBroker()));
  const letters = ["a", "b", "c", "d", "e"].map((letter) => `broker-${letter}`);
  expect(cluster.brokers.map(({ name }) => name)).toEqual(letters);
  expect(new Set([...cluster.nameservers, ...cluster.brokers].map(({ address }) => address)).size).toBe(10);
  for (const nameserver of cluster.nameservers) expect(await listed(nameserver)).toHaveLength(5);
});

test("what cannot be done is refused: wrong order, foreign servers, a name twice", async () => {
  const cluster = await simulator({ nameservers: 1, brokers: 1 });
  const broker = at(cluster.brokers, 0);
  await expect(cluster.start(broker)).rejects.toThrow("broker-a runs already");
  await expect(cluster.addBroker({ name: "broker-a" })).rejects.toThrow("broker-a is there already");
  await expect(cluster.stop({ name: "broker-a", address: broker.address })).rejects.toThrow("is none of this cluster");
  await cluster.freeze(broker);
  await expect(cluster.stop(broker)).rejects.toThrow("broker-a is frozen");
  await cluster.kill(broker);
  await expect(cluster.kill(broker)).rejects.toThrow("broker-a is down");
  await expect(cluster.hold(broker, await cluster.addNameserver())).rejects.toThrow("is not in the list of broker-a");
});
