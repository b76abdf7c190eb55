import { deflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { REQUEST } from "../src/protocol/request-codes.js";
import { remotingCall } from "../src/simulator/index.js";
import { ask, at, route, simulator, text } from "./simulator-support.js";

const { SEND_MESSAGE, SEND_MESSAGE_V2, SEND_BATCH_MESSAGE } = REQUEST;
const V2 = { a: "group", b: "orders", c: "TBW102", d: "4", e: "0", f: "0" };

async function oneBroker(queues = 4) {
  const cluster = await simulator({ nameservers: 1, brokers: 1 });
  await cluster.createTopic("orders", { queues });
  const { address } = at(cluster.brokers, 0);
  const send = (code: number, fields: Readonly<Record<string, string>>, body: Uint8Array | string) =>
    remotingCall(address, { code, fields, body: Buffer.from(body) });
  return { cluster, address, send, bodies: (topic = "orders") => cluster.messages(topic).map(({ body }) => body) };
}

test("a message is stored in its queue, and the answer says where", async () => {
  const { cluster, address, send } = await oneBroker();
  const sent = await send(SEND_MESSAGE_V2, { ...V2, e: "3" }, "one");
  expect(sent).toMatchObject({ code: 0, fields: { queueId: "3", queueOffset: "0" } });
  const [host, port] = address.split(":");
  const expected = Buffer.from([...String(host).split(".").map(Number), 0, 0, Number(port) >> 8, Number(port) & 255]).toString("hex");
  expect(sent.fields["msgId"]).toBe(`${expected}0000000000000000`.toUpperCase());
  expect((await send(SEND_MESSAGE_V2, { ...V2, e: "3" }, "two")).fields).toMatchObject({ queueOffset: "1" });
  expect(cluster.messages("orders")).toEqual([
    { broker: "broker-a", queue: 3, offset: 0, body: "one" },
    { broker: "broker-a", queue: 3, offset: 1, body: "two" },
  ]);
  expect(cluster.messages("nobody-made-it")).toEqual([]);
});

test("long names of fields, compression and batches are read too", async () => {
  const { send, bodies } = await oneBroker();
  const v1 = { producerGroup: "group", topic: "orders", defaultTopic: "TBW102", defaultTopicQueueNums: "4", queueId: "0", sysFlag: "1" };
  await send(SEND_MESSAGE, v1, deflateSync("packed"));
  const one = (body: string) => {
    const words = Buffer.alloc(20);
    words.writeInt32BE(22 + body.length, 0);
    words.writeInt32BE(body.length, 16);
    return Buffer.concat([words, Buffer.from(body), Buffer.alloc(2)]);
  };
  await send(SEND_BATCH_MESSAGE, V2, Buffer.concat([one("a"), one("bc")]));
  await send(SEND_MESSAGE_V2, { ...V2, m: "true" }, one("d"));
  expect(bodies()).toEqual(["packed", "a", "bc", "d"]);
});

test("nonsense in a batch ends the connection and stores nothing", async () => {
  const { send, bodies } = await oneBroker();
  await expect(send(SEND_BATCH_MESSAGE, V2, Buffer.alloc(24))).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(bodies()).toEqual([]);
});

test("a topic is made after TBW102 when a message asks for it, and known to nameservers by the answer", async () => {
  const { cluster, send, bodies } = await oneBroker();
  expect(await send(SEND_MESSAGE_V2, { ...V2, b: "fresh", d: "2" }, "one")).toMatchObject({ code: 0 });
  expect((await route(at(cluster.nameservers, 0), "fresh"))?.queueDatas).toMatchObject([{ perm: 6, writeQueueNums: 2 }]);
  expect(bodies("fresh")).toEqual(["one"]);
  expect(await send(SEND_MESSAGE_V2, { ...V2, b: "other", c: "orders" }, "one")).toMatchObject({ code: 17 });
});

test("a queue that is not there is refused, any queue is one that is there, and a topic that may not be written refuses", async () => {
  const { address, send, bodies } = await oneBroker(2);
  expect(await send(SEND_MESSAGE_V2, { ...V2, e: "2" }, "one")).toMatchObject({ code: 1 });
  expect(await send(SEND_MESSAGE_V2, { ...V2, e: "soon" }, "one")).toMatchObject({ code: 1 });
  expect(await send(SEND_MESSAGE_V2, { ...V2, e: "-1" }, "two")).toMatchObject({ code: 0 });
  const fields = { topic: "orders", readQueueNums: "2", writeQueueNums: "2", perm: "4" };
  expect(await ask({ address }, REQUEST.UPDATE_AND_CREATE_TOPIC, fields)).toMatchObject({ code: 0 });
  expect(await send(SEND_MESSAGE_V2, V2, "three")).toMatchObject({ code: 16 });
  expect(bodies()).toEqual(["two"]);
});

test("operators get what they ask for, and a bad name for a topic is refused", async () => {
  const { cluster, address } = await oneBroker();
  expect(text(await ask({ address }, REQUEST.GET_BROKER_RUNTIME_INFO))).toContain('"brokerVersionDesc":"V5_5_0"');
  expect(await ask({ address }, REQUEST.UPDATE_AND_CREATE_TOPIC, { topic: "no spaces" })).toMatchObject({ code: 1 });
  await expect(cluster.createTopic("no spaces")).rejects.toThrow("is no name for a topic");
  expect(await ask({ address }, REQUEST.UNREGISTER_CLIENT)).toMatchObject({ code: 0 });
});

test("a message outlives the broker that took it", async () => {
  const { cluster, send, bodies } = await oneBroker();
  await send(SEND_MESSAGE_V2, V2, "one");
  await cluster.kill(at(cluster.brokers, 0));
  await cluster.start(at(cluster.brokers, 0));
  await send(SEND_MESSAGE_V2, V2, "two");
  expect(bodies()).toEqual(["one", "two"]);
});
