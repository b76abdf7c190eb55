import { ManualClock } from "@rollcall/testkit";
import { expect, test } from "vitest";
import { encodeCommand, MAX_FRAME_BYTES } from "../src/protocol/remoting-frame.js";
import { REQUEST } from "../src/protocol/request-codes.js";
import type { ScriptedAnswer } from "../src/simulator/index.js";
import { ask, at, connection, listed, route, simulator, text } from "./simulator-support.js";
import { RawSocket } from "./support/raw-socket.js";

const { GET_ROUTEINFO_BY_TOPIC: ROUTE, GET_BROKER_CLUSTER_INFO: CLUSTER } = REQUEST;
const QUESTION = encodeCommand({
  type: "JSON",
  code: CLUSTER,
  version: 513,
  opaque: 7,
  answer: false,
  oneway: false,
  remark: undefined,
  fields: {},
  body: new Uint8Array(),
});

async function scripted(script: ScriptedAnswer) {
  const cluster = await simulator({ nameservers: 1, brokers: 1 });
  cluster.answer(at(cluster.nameservers, 0), script);
  return { cluster, nameserver: at(cluster.nameservers, 0) };
}

test.each<[string, ScriptedAnswer, RegExp | string]>([
  ["garbage", { kind: "bytes", bytes: Buffer.from("\0\0\0\x08\x07garbage") }, "MALFORMED_RESPONSE"],
  ["an HTML page", { kind: "html" }, "MALFORMED_RESPONSE"],
  ["an oversize frame", { kind: "length", length: MAX_FRAME_BYTES }, "MALFORMED_RESPONSE"],
  ["a negative length", { kind: "length", length: -1 }, "MALFORMED_RESPONSE"],
  ["a closed connection", { kind: "close" }, "UNAVAILABLE"],
])("%s reaches a client as what it is", async (_name, script, code) => {
  const { nameserver } = await scripted(script);
  await expect(ask(nameserver, CLUSTER)).rejects.toMatchObject({ code });
});

test.each<[string, ScriptedAnswer]>([
  ["half a frame", { kind: "half" }],
  ["the answer to another question", { kind: "opaque" }],
  ["nothing", { kind: "silence" }],
])("%s leaves a client waiting", async (_name, script) => {
  const { cluster, nameserver } = await scripted(script);
  const asked = (await connection(nameserver)).request({ code: CLUSTER }, { signal: AbortSignal.timeout(100) });
  await expect(asked).rejects.toMatchObject({ name: "TimeoutError" });
  cluster.answer(nameserver, undefined);
  expect(await listed(nameserver)).toHaveLength(1);
});

test("after half a frame nothing follows that could complete it", async () => {
  const { nameserver } = await scripted({ kind: "half" });
  const socket = await RawSocket.connect(nameserver.address);
  socket.write(QUESTION);
  await expect.poll(() => socket.received.length, { interval: 5, timeout: 5_000 }).toBeGreaterThan(0);
  const { length } = socket.received;
  socket.write(QUESTION);
  expect(await ask(nameserver, 999)).toMatchObject({ code: 3 });
  expect(socket.received).toHaveLength(length);
});

test("a code or a body is said instead, to 105 and 106 unless told otherwise; brokers go on registering", async () => {
  const { cluster, nameserver } = await scripted({ kind: "code", code: 1, remark: "name server not ready" });
  expect(await ask(nameserver, ROUTE, { topic: "TBW102" })).toMatchObject({ code: 1, remark: "name server not ready" });
  expect(await ask(nameserver, REQUEST.GET_ALL_TOPIC_LIST_FROM_NAMESERVER)).toMatchObject({ code: 0 });
  cluster.answer(nameserver, { kind: "body", body: '{"brokerDatas":[]}' }, [ROUTE]);
  expect(text(await ask(nameserver, ROUTE, { topic: "TBW102" }))).toBe('{"brokerDatas":[]}');
  expect(await ask(nameserver, CLUSTER)).toMatchObject({ code: 1 });
  cluster.answer(nameserver, undefined);
  expect(await listed(nameserver)).toHaveLength(1);
});

test("a script for a broker is about everything it is asked", async () => {
  const cluster = await simulator({ nameservers: 1 });
  const [broken, well] = [at(cluster.brokers, 0), at(cluster.brokers, 1)];
  cluster.answer(broken, { kind: "code", code: 14 });
  expect(await ask(broken, REQUEST.HEART_BEAT)).toMatchObject({ code: 14 });
  expect(await ask(well, REQUEST.HEART_BEAT)).toMatchObject({ code: 0 });
  cluster.answer(broken, undefined);
  expect(await ask(broken, REQUEST.HEART_BEAT)).toMatchObject({ code: 0 });
});

test("a nameserver that forgets is empty until brokers register again; its connections stay", async () => {
  const clock = new ManualClock();
  const cluster = await simulator({ nameservers: 1, clock });
  const nameserver = at(cluster.nameservers, 0);
  const asked = await connection(nameserver);
  cluster.forget(nameserver);
  expect(await listed(nameserver)).toEqual([]);
  await clock.advance(cluster.registerMs);
  await expect.poll(() => listed(nameserver), { interval: 10, timeout: 5_000 }).toHaveLength(2);
  expect(await asked.request({ code: CLUSTER }, { signal: AbortSignal.timeout(5_000) })).toMatchObject({ code: 0 });
});

test("a broker that is held is missing at one nameserver, with its topics, through restarts, until it is let go", async () => {
  const cluster = await simulator();
  const [broker, nameserver] = [at(cluster.brokers, 0), at(cluster.nameservers, 0)];
  await cluster.createTopic("orders", { brokers: [broker] });
  await cluster.hold(broker, nameserver);
  await cluster.createTopic("more", { brokers: [broker] });
  await cluster.kill(broker);
  await cluster.start(broker);
  expect(await listed(nameserver)).toHaveLength(1);
  expect(await route(nameserver, "orders")).toBeUndefined();
  expect(await listed(at(cluster.nameservers, 1))).toHaveLength(2);
  await cluster.hold(broker, nameserver, false);
  expect(await route(nameserver, "more")).toBeDefined();
});

test("a nameserver that is not ready answers 1 to routes, and 0 with what it has to everything else", async () => {
  const clock = new ManualClock();
  const cluster = await simulator({ nameservers: 0, brokers: 0, clock });
  const waiting = await cluster.addNameserver({ waitMs: 1_000 });
  await cluster.addBroker();
  expect(await ask(waiting, ROUTE, { topic: "TBW102" })).toMatchObject({ code: 1, remark: "name server not ready" });
  expect(await listed(waiting)).toHaveLength(1);
  await clock.advance(999);
  expect(await ask(waiting, ROUTE, { topic: "TBW102" })).toMatchObject({ code: 1 });
  await clock.advance(1);
  expect(await ask(waiting, ROUTE, { topic: "TBW102" })).toMatchObject({ code: 0 });
});

test("a request that a server sends is heard by whoever is connected", async () => {
  const cluster = await simulator({ nameservers: 1, brokers: 1 });
  const [nameserver, broker] = [at(cluster.nameservers, 0), at(cluster.brokers, 0)];
  for (const server of [nameserver, broker]) {
    const socket = await RawSocket.connect(server.address);
    socket.write(QUESTION);
    await socket.frame();
    const { length } = socket.received;
    cluster.serverPush(server);
    await expect.poll(() => socket.received.subarray(length).toString(), { interval: 5, timeout: 5_000 }).toContain('"code":40');
  }
  expect(await listed(nameserver)).toHaveLength(1);
});

test("connections of clients and their requests are counted, over all and by server", async () => {
  const cluster = await simulator({ brokers: 1 });
  const [first, second] = [at(cluster.nameservers, 0), at(cluster.nameservers, 1)];
  const held = await connection(first);
  await listed(first);
  await expect.poll(() => cluster.connections).toBe(1);
  expect([cluster.connectionsOf(first), cluster.connectionsOf(second)]).toEqual([1, 0]);
  expect(cluster.requestsOf(first).get("GET_BROKER_CLUSTER_INFO")).toBe(1);
  expect(cluster.requestsOf(second).get("GET_BROKER_CLUSTER_INFO")).toBeUndefined();
  expect(cluster.requests.get("GET_BROKER_CLUSTER_INFO")).toBe(1);
  held.close();
  await expect.poll(() => cluster.connections).toBe(0);
});
