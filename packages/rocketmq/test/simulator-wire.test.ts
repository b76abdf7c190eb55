import { ManualClock } from "@rollcall/testkit";
import { expect, test } from "vitest";
import { decodeFrame, encodeCommand } from "../src/protocol/remoting-frame.js";
import { REQUEST } from "../src/protocol/request-codes.js";
import { ask, at, connection, route, simulator, text } from "./simulator-support.js";
import { RawSocket } from "./support/raw-socket.js";

const { GET_ROUTEINFO_BY_TOPIC: ROUTE, GET_BROKER_CLUSTER_INFO: CLUSTER } = REQUEST;
const COMMAND = { type: "JSON", code: ROUTE, opaque: 7, answer: false, oneway: false, remark: undefined, body: new Uint8Array() } as const;

test.each([
  [121, {}, "bare"],
  [400, {}, "bare"],
  [401, {}, "quoted"],
  [121, { acceptStandardJsonOnly: "true" }, "quoted"],
  [477, { acceptStandardJsonOnly: "false" }, "quoted"],
])("a route for version %i with %o has %s keys", async (version, fields, style) => {
  const cluster = await simulator({ nameservers: 1, brokers: 1 });
  const socket = await RawSocket.connect(at(cluster.nameservers, 0).address);
  socket.write(encodeCommand({ ...COMMAND, version, fields: { topic: "TBW102", ...fields } }));
  const body = text(decodeFrame(await socket.frame()));
  expect(body).toContain(style === "bare" ? '{0:"127.0.0.1:' : '{"0":"127.0.0.1:');
});

test("clusters and member groups have bare keys for everybody", async () => {
  const cluster = await simulator({ nameservers: 1, brokers: 1 });
  const { address } = at(cluster.brokers, 0);
  const brokerData = `{"brokerAddrs":{0:"${address}"},"brokerName":"broker-a","cluster":"DefaultCluster","enableActingMaster":false}`;
  const nameserver = at(cluster.nameservers, 0);
  expect(text(await ask(nameserver, CLUSTER))).toBe(
    `{"brokerAddrTable":{"broker-a":${brokerData}},"clusterAddrTable":{"DefaultCluster":["broker-a"]}}`,
  );
  const group = await ask(nameserver, REQUEST.GET_BROKER_MEMBER_GROUP, { brokerName: "broker-a", clusterName: "DefaultCluster" });
  expect(text(group)).toContain(`"brokerAddrs":{0:"${address}"}`);
  const nobody = await ask(nameserver, REQUEST.GET_BROKER_MEMBER_GROUP, { brokerName: "nobody", clusterName: "C" });
  expect([nobody.code, text(nobody)]).toEqual([0, '{"brokerMemberGroup":{"brokerAddrs":{},"brokerName":"nobody","cluster":"C"}}']);
  expect(text(await ask(nameserver, REQUEST.GET_ALL_TOPIC_LIST_FROM_NAMESERVER))).toBe('{"topicList":["TBW102","SELF_TEST_TOPIC"]}');
});

test.each(["JSON", "ROCKETMQ"] as const)("servers answer with %s headers, whatever they are asked with", async (serialize) => {
  const cluster = await simulator({ nameservers: 1, brokers: 1, serialize });
  for (const type of ["JSON", "ROCKETMQ"] as const) {
    const socket = await RawSocket.connect(at(cluster.nameservers, 0).address);
    socket.write(encodeCommand({ ...COMMAND, type, version: 513, fields: { topic: "nobody-made-it" } }));
    expect(decodeFrame(await socket.frame())).toMatchObject({ type: serialize, code: 17, opaque: 7, answer: true, version: 513 });
  }
});

test("an unknown topic is 17, an unknown request 3, on a broker 105 and 106 too", async () => {
  const cluster = await simulator({ nameservers: 1, brokers: 1 });
  const [nameserver, broker] = [at(cluster.nameservers, 0), at(cluster.brokers, 0)];
  expect(await ask(nameserver, ROUTE, { topic: "none" })).toMatchObject({ code: 17, remark: expect.stringContaining("topic: none") });
  expect(await ask(nameserver, ROUTE)).toMatchObject({ code: 17 });
  expect(await ask(nameserver, 999)).toMatchObject({ code: 3, remark: " request type 999 not supported" });
  expect(await ask(broker, ROUTE, { topic: "TBW102" })).toMatchObject({ code: 3 });
  expect(await ask(broker, CLUSTER)).toMatchObject({ code: 3 });
});

test.each([
  ["HTTP", Buffer.from("GET / HTTP/1.1\r\n\r\n")],
  ["a broken header", Buffer.from("\0\0\0\x0b\0\0\0\x07{broken")],
  ["an oversize frame", Buffer.from("\x01\0\0\x01\0\0\0\x07{}")],
])("%s is answered by closing the connection", async (_name, bytes) => {
  const cluster = await simulator({ nameservers: 1, brokers: 0 });
  const socket = await RawSocket.connect(at(cluster.nameservers, 0).address);
  socket.write(bytes);
  await socket.closed;
  expect(socket.received).toHaveLength(0);
});

test("writing is taken away and given back by 205 and 327, and a broker that says nothing new changes nothing of it", async () => {
  const cluster = await simulator({ registerMs: 10 });
  await cluster.createTopic("orders");
  const perms = async () => {
    const routes = await Promise.all(cluster.nameservers.map((nameserver) => route(nameserver, "orders")));
    return routes.map((found) => Object.fromEntries((found?.queueDatas ?? []).map(({ brokerName, perm }) => [brokerName, perm])));
  };
  await cluster.setWritable("broker-a", false);
  const before = cluster.requests.get("REGISTER_BROKER") ?? 0;
  await expect.poll(() => cluster.requests.get("REGISTER_BROKER"), { interval: 5, timeout: 5_000 }).toBeGreaterThan(before + 12);
  expect(await perms()).toEqual(Array(3).fill({ "broker-a": 4, "broker-b": 6 }));
  await cluster.setWritable("broker-a", true);
  expect(await perms()).toEqual(Array(3).fill({ "broker-a": 6, "broker-b": 6 }));
});

test("answers come in the order in which they are ready, and a late one says what was right when it was asked", async () => {
  const clock = new ManualClock();
  const cluster = await simulator({ nameservers: 1, brokers: 0, clock });
  const nameserver = at(cluster.nameservers, 0);
  cluster.answer(nameserver, { kind: "slow", ms: 100 }, [CLUSTER]);
  const ended = { signal: AbortSignal.timeout(5_000) };
  const asked = await connection(nameserver);
  const late = asked.request({ code: CLUSTER }, ended);
  expect(await asked.request({ code: ROUTE, fields: { topic: "TBW102" } }, ended)).toMatchObject({ code: 17 });
  await cluster.addBroker();
  await clock.advance(100);
  expect(text(await late)).toBe('{"brokerAddrTable":{},"clusterAddrTable":{}}');
});
