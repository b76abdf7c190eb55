import { ManualClock } from "@rollcall/testkit";
import { expect, test } from "vitest";
import { REQUEST } from "../src/protocol/request-codes.js";
import { registerRequest } from "../src/simulator/registration.js";
import { ask, at, connection, listed, route, simulator, text } from "./simulator-support.js";

const TWO_TOPICS = { orders: 6, audit: 4 };

test("an announced broker is listed where it was announced, and gone everywhere once it is withdrawn", async () => {
  const cluster = await simulator({ brokers: 0 });
  const [first, second] = [at(cluster.nameservers, 0), at(cluster.nameservers, 1)];
  const broker = await cluster.announce({ name: "fake", topics: TWO_TOPICS, at: [first] });
  expect(await listed(first)).toEqual([`fake[0=${broker.address}]`]);
  expect(await listed(second)).toEqual([]);
  await expect(ask(broker, REQUEST.HEART_BEAT)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  await broker.withdraw();
  expect(await listed(first)).toEqual([]);
  expect(await route(first, "orders")).toBeUndefined();
});

test("a change brings new topics and permissions; a topic that it leaves out stays", async () => {
  const cluster = await simulator({ nameservers: 1, brokers: 0 });
  const nameserver = at(cluster.nameservers, 0);
  const broker = await cluster.announce({ name: "fake", topics: TWO_TOPICS });
  await broker.change({ orders: 4, fresh: 6 });
  expect((await route(nameserver, "orders"))?.queueDatas).toMatchObject([{ brokerName: "fake", perm: 4 }]);
  expect(await route(nameserver, "fresh")).toBeDefined();
  expect(await route(nameserver, "audit")).toBeDefined();
});

test("a change reaches a nameserver that was replaced in the meantime", async () => {
  const cluster = await simulator({ nameservers: 1, brokers: 0 });
  const nameserver = at(cluster.nameservers, 0);
  const broker = await cluster.announce({ name: "fake", topics: TWO_TOPICS });
  await cluster.kill(nameserver);
  await expect(broker.change(TWO_TOPICS)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  await cluster.start(nameserver);
  expect(await listed(nameserver)).toEqual([]);
  await broker.change(TWO_TOPICS);
  expect(await listed(nameserver)).toEqual([`fake[0=${broker.address}]`]);
});

test("a first registration with exactly one topic is refused and leaves a phantom", async () => {
  const cluster = await simulator({ nameservers: 1, brokers: 0 });
  await expect(cluster.announce({ name: "fake", topics: { orders: 6 } })).rejects.toThrow("register broker failed");
  expect(await listed(at(cluster.nameservers, 0))).toEqual(["fake[]"]);
  expect(await route(at(cluster.nameservers, 0), "orders")).toBeUndefined();
});

test("a slave stands beside its master; where it may, it acts as one: 105 says id 0 without write, 106 its own id", async () => {
  const cluster = await simulator({ nameservers: 1, brokers: 0 });
  const nameserver = at(cluster.nameservers, 0);
  const shared = { name: "fake", enableActingMaster: true, topics: { orders: 6, audit: 6 } };
  const master = await cluster.announce(shared);
  const slave = await cluster.announce({ ...shared, id: 1 });
  expect(await listed(nameserver)).toEqual([`fake[0=${master.address},1=${slave.address}]`]);
  await master.withdraw();
  expect(await listed(nameserver)).toEqual([`fake[1=${slave.address}]`]);
  const { brokerDatas, queueDatas } = (await route(nameserver, "orders")) ?? {};
  expect(brokerDatas).toMatchObject([{ brokerAddrs: { "0": slave.address }, enableActingMaster: true }]);
  expect(queueDatas).toMatchObject([{ perm: 4 }]);
  await cluster.announce({ ...shared, address: master.address });
  expect((await route(nameserver, "orders"))?.queueDatas).toMatchObject([{ perm: 6 }]);
});

test("a slave that may not act as master is no master", async () => {
  const cluster = await simulator({ nameservers: 1, brokers: 0 });
  const slave = await cluster.announce({ name: "fake", id: 1, topics: TWO_TOPICS });
  const { brokerDatas, queueDatas } = (await route(at(cluster.nameservers, 0), "orders")) ?? {};
  expect(brokerDatas).toMatchObject([{ brokerAddrs: { "1": slave.address } }]);
  expect(queueDatas).toMatchObject([{ perm: 6 }]);
});

test("who asks from a zone sees its brokers and those without a master, possibly nobody; keys are bare then", async () => {
  const cluster = await simulator({ nameservers: 1, brokers: 0 });
  const nameserver = at(cluster.nameservers, 0);
  await cluster.announce({ name: "near", zone: "z1", topics: { orders: 6, far: 4 } });
  await cluster.announce({ name: "away", zone: "z2", topics: { orders: 6, far: 6 } });
  await cluster.announce({ name: "slave", id: 1, topics: { orders: 6, audit: 6 } });
  const asked = async (topic: string, zone: string) => {
    const fields = { topic, acceptStandardJsonOnly: "true", __ZONE_MODE: "true", __ZONE_NAME: zone };
    return text(await ask(nameserver, REQUEST.GET_ROUTEINFO_BY_TOPIC, fields));
  };
  const names = (body: string) => [...body.matchAll(/"brokerName":"(\w+)","cluster"/g)].map(([, name]) => name);
  expect(names(await asked("orders", "Z1"))).toEqual(["near", "slave"]);
  expect(names(await asked("far", "z3"))).toEqual([]);
  expect(await asked("orders", "z1")).toContain('{0:"127.0.0.1:');
  expect(names(await asked("orders", ""))).toEqual(["near", "away", "slave"]);
});

test("a broker that is silent for its own time is dropped, and its socket closed by the nameserver", async () => {
  const clock = new ManualClock();
  const cluster = await simulator({ nameservers: 1, brokers: 0, clock });
  const nameserver = at(cluster.nameservers, 0);
  const brief = await cluster.announce({ name: "brief", topics: TWO_TOPICS, heartbeatTimeoutMs: 3_000 });
  await cluster.announce({ name: "patient", topics: TWO_TOPICS });
  await clock.advance(3_000);
  expect(await listed(nameserver)).toHaveLength(2);
  await clock.advance(1);
  expect(await listed(nameserver)).toHaveLength(1);
  await clock.advance(1_000_000);
  expect(await listed(nameserver)).toMatchObject([expect.stringContaining("patient")]);
  await brief.change(TWO_TOPICS);
  expect(await listed(nameserver)).toHaveLength(2);
});

test("heartbeats keep it (904), and 104 takes one broker back", async () => {
  const clock = new ManualClock();
  const cluster = await simulator({ nameservers: 1, brokers: 0, clock });
  const nameserver = at(cluster.nameservers, 0);
  const { address } = await cluster.announce({ name: "brief", topics: TWO_TOPICS, heartbeatTimeoutMs: 3_000 });
  await clock.advance(2_000);
  expect(await ask(nameserver, REQUEST.BROKER_HEARTBEAT, { brokerAddr: address })).toMatchObject({ code: 0 });
  await clock.advance(2_000);
  expect(await listed(nameserver)).toHaveLength(1);
  await ask(nameserver, REQUEST.UNREGISTER_BROKER, { brokerName: "brief", brokerAddr: address });
  expect(await listed(nameserver)).toEqual([]);
});

test("of two processes with one name and id the newer counts, unless the older is of a later state", async () => {
  const cluster = await simulator({ nameservers: 1, brokers: 0 });
  const nameserver = at(cluster.nameservers, 0);
  const asked = await connection(nameserver);
  const claim = async (address: string, stateVersion: number) => {
    const broker = { cluster: "C", name: "fake", id: 0, zone: undefined, enableActingMaster: false, heartbeatTimeoutMs: undefined };
    const topics = ["orders", "audit"].map((topicName) => ({ topicName, readQueueNums: 1, writeQueueNums: 1, perm: 6 }));
    const request = registerRequest({ ...broker, address, version: { counter: 1, timestamp: 1, stateVersion }, topics });
    expect(await asked.request(request, { signal: AbortSignal.timeout(5_000) })).toMatchObject({ code: 0 });
  };
  await claim("127.0.0.1:1", 1);
  await claim("127.0.0.1:2", 2);
  expect(await listed(nameserver)).toEqual(["fake[0=127.0.0.1:2]"]);
  await claim("127.0.0.1:1", 1);
  expect(await listed(nameserver)).toEqual(["fake[0=127.0.0.1:2]"]);
});
