import { expect, test } from "vitest";
import type { RocketmqSimulator } from "../src/simulator/index.js";
import { at, simulator } from "./simulator-support.js";
import { AliOnsProducer, steadyLoad } from "./support/ali-ons.js";

function addresses(nameservers: RocketmqSimulator["nameservers"]): readonly string[] {
  return nameservers.map(({ address }) => address);
}

function bodies(cluster: RocketmqSimulator, topic: string): readonly string[] {
  return cluster.messages(topic).map(({ body }) => body);
}

test("a stock ali-ons producer starts on a list of nameservers and sends", async () => {
  const cluster = await simulator();
  await cluster.createTopic("orders");
  const producer = await AliOnsProducer.start({ nameSrv: addresses(cluster.nameservers) });
  expect([await producer.send("orders", "one"), await producer.send("orders", "zwei…")]).toEqual(["SEND_OK", "SEND_OK"]);
  expect(bodies(cluster, "orders")).toEqual(["one", "zwei…"]);
});

test("it starts on the address server, and its compressed messages come to every queue of every broker", async () => {
  const cluster = await simulator();
  await cluster.createTopic("orders", { queues: 2 });
  const producer = await AliOnsProducer.start({ onsAddr: cluster.addressServer.url });
  const long = "long ".repeat(2_000);
  for (let number = 0; number < 8; number += 1) await producer.send("orders", long);
  const places = cluster.messages("orders").map(({ broker, queue, offset }) => `${broker} ${queue} ${offset}`);
  const queues = ["broker-a 0", "broker-a 1", "broker-b 0", "broker-b 1"];
  expect([...places].sort()).toEqual(queues.flatMap((queue) => [`${queue} 0`, `${queue} 1`]));
  expect(bodies(cluster, "orders")).toEqual(Array.from({ length: 8 }, () => long));
  expect(cluster.addressServer.requests).toBeGreaterThan(0);
});

test("its heartbeats are answered", async () => {
  const cluster = await simulator({ brokers: 1 });
  await cluster.createTopic("orders");
  const options = { heartbeatBrokerInterval: 20 };
  const producer = await AliOnsProducer.start({ nameSrv: addresses(cluster.nameservers) }, options);
  await producer.send("orders", "one");
  await expect.poll(() => cluster.requests.get("HEART_BEAT"), { interval: 5, timeout: 5_000 }).toBeGreaterThan(2);
});

test("a send that is refused fails with what the broker says", async () => {
  const cluster = await simulator({ brokers: 1 });
  await cluster.createTopic("orders");
  const producer = await AliOnsProducer.start({ nameSrv: addresses(cluster.nameservers) });
  cluster.answer(at(cluster.brokers, 0), { kind: "code", code: 2, remark: "[TIMEOUT_CLEAN_QUEUE]broker busy" });
  await expect(producer.send("orders", "one")).rejects.toThrow("[TIMEOUT_CLEAN_QUEUE]broker busy");
  cluster.answer(at(cluster.brokers, 0), undefined);
  expect(await producer.send("orders", "two")).toBe("SEND_OK");
  expect(bodies(cluster, "orders")).toEqual(["two"]);
});

test("it signs what it asks a broker with ACL, and a wrong signature is refused", async () => {
  const acl = { accessKey: "rollcall", secretKey: "right" };
  const cluster = await simulator({ brokers: 1, security: { acl } });
  await cluster.createTopic("orders");
  const nameSrv = addresses(cluster.nameservers);
  const producer = await AliOnsProducer.start({ nameSrv }, acl);
  expect(await producer.send("orders", "signed")).toBe("SEND_OK");
  const stranger = await AliOnsProducer.start({ nameSrv }, { ...acl, secretKey: "wrong" });
  await expect(stranger.send("orders", "forged")).rejects.toThrow("still failed");
  expect(bodies(cluster, "orders")).toEqual(["signed"]);
});

test.each(["array", "address server"] as const)(
  "it survives the replacement of every nameserver and every broker, told by its %s",
  async (by) => {
    const cluster = await simulator();
    const old = { nameservers: cluster.nameservers, brokers: cluster.brokers };
    const fresh = [await cluster.addNameserver(), await cluster.addNameserver()];
    await cluster.createTopic("orders");
    const lookup = by === "array" ? { nameSrv: addresses(old.nameservers) } : { onsAddr: cluster.addressServer.url };
    const producer = await AliOnsProducer.start(lookup);
    const stop = steadyLoad(producer, "orders");
    cluster.addressServer.addresses = addresses(fresh);
    if (by === "array") await producer.setNameservers(addresses(fresh));
    for (const nameserver of old.nameservers) await cluster.kill(nameserver);
    const added = [await cluster.addBroker({ nameservers: fresh }), await cluster.addBroker({ nameservers: fresh })];
    await cluster.createTopic("orders", { brokers: added });
    const takers = () => new Set(cluster.messages("orders").map(({ broker }) => broker));
    await expect.poll(takers, { timeout: 10_000 }).toContain("broker-d");
    for (const broker of old.brokers) await cluster.kill(broker);
    const before = cluster.messages("orders").length;
    await expect.poll(() => cluster.messages("orders").length, { timeout: 10_000 }).toBeGreaterThan(before + 50);
    const { sent } = await stop();
    expect(bodies(cluster, "orders")).toEqual(expect.arrayContaining([...sent]));
  },
);

test("told by nobody, it does not survive that", async () => {
  const cluster = await simulator({ brokers: 1 });
  await cluster.createTopic("orders");
  const producer = await AliOnsProducer.start({ nameSrv: addresses(cluster.nameservers) });
  expect(await producer.send("orders", "before")).toBe("SEND_OK");
  const fresh = [await cluster.addNameserver()];
  await cluster.createTopic("orders", { brokers: [await cluster.addBroker({ nameservers: fresh })] });
  for (const server of [...cluster.nameservers.slice(0, 3), at(cluster.brokers, 0)]) await cluster.kill(server);
  await expect(producer.send("orders", "after")).rejects.toThrow();
  expect(bodies(cluster, "orders")).toEqual(["before"]);
});
