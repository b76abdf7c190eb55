import { existsSync } from "node:fs";
import { Client, credentials } from "@grpc/grpc-js";
import { MetadataPoller } from "@rollcall/core";
import { rocketmqBrokers } from "@rollcall/rocketmq";
import type { RocketmqTestBroker, RocketmqTestNameserver } from "@rollcall/rocketmq/simulator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requireRocketmq } from "../src/require-server.js";
import { startRealRocketmq } from "../src/rocketmq/real-rocketmq-cluster.js";
import type { RealRocketmqCluster } from "../src/rocketmq/real-rocketmq-options.js";
import { until } from "../src/until.js";
import { at } from "./support/kafka-observer.js";
import { asked, listed, refuses, route, type Server } from "./support/rocketmq-observer.js";

const rocketmq = await requireRocketmq();
const NOT_READY = 1;
const NO_TOPIC = "17";

/** Resolves once it does not fail; a registration comes every ten seconds, and a nameserver that starts anew is found within three. */
function soon(what: string, expectation: () => Promise<void>): Promise<void> {
  return until(expectation, { what, timeoutMs: 20_000 });
}

describe.skipIf("reason" in rocketmq)("[rocketmq 5.5] testbed: a cluster", () => {
  let cluster: RealRocketmqCluster;
  const nameserver = (index: number): RocketmqTestNameserver => at(cluster.nameservers, index);
  const broker = (index: number): RocketmqTestBroker => at(cluster.brokers, index);
  const addresses = (servers: readonly Server[]) => servers.map(({ address }) => address).sort();
  const everyNameserver = async (check: (nameserver: Server) => Promise<void>) => {
    for (const by of cluster.nameservers.slice(0, 3)) await check(by);
  };
  beforeAll(async () => {
    if ("reason" in rocketmq) return;
    cluster = await startRealRocketmq(rocketmq);
  });
  afterAll(async () => {
    if (cluster === undefined) return;
    const servers = [...cluster.nameservers, ...cluster.brokers];
    await cluster[Symbol.asyncDispose]();
    expect(existsSync(cluster.directory)).toBe(false);
    for (const server of servers) expect(await refuses(server)).toBe(true);
  });

  test("every nameserver lists every broker once it has started, and the address server serves the nameservers", async () => {
    expect(cluster.nameservers).toHaveLength(3);
    expect(cluster.brokers.map(({ name }) => name)).toEqual(["broker-a", "broker-b"]);
    await everyNameserver(async (by) => expect(await listed(by)).toEqual(addresses(cluster.brokers)));
    const answer = await fetch(cluster.addressServer.url);
    expect(await answer.text()).toBe(cluster.nameservers.map(({ address }) => address).join(";"));
  });

  test("a topic is on all brokers or on some, with as many queues as were asked for", async () => {
    await cluster.createTopic("orders");
    await cluster.createTopic("letters", { brokers: [broker(1)], queues: 2 });
    await everyNameserver(async (by) => {
      expect(await route(by, "orders")).toEqual(["broker-a 4/4 6", "broker-b 4/4 6"]);
      expect(await route(by, "letters")).toEqual(["broker-b 2/2 6"]);
      expect(await route(by, "never made")).toEqual([NO_TOPIC]);
    });
  });

  test("the permission to write is taken from a broker, and given back", async () => {
    await cluster.setWritable("broker-a", false);
    await everyNameserver(async (by) => expect(await route(by, "orders")).toEqual(["broker-a 4/4 4", "broker-b 4/4 6"]));
    await cluster.setWritable("broker-a", true);
    await everyNameserver(async (by) => expect(await route(by, "orders")).toEqual(["broker-a 4/4 6", "broker-b 4/4 6"]));
    await expect(cluster.setWritable("broker-x", false)).rejects.toThrow("no nameserver knows a topic of broker-x");
  });

  test("a stopped and a killed broker refuse and are listed by nobody; started again they are, with their topics", async () => {
    await cluster.stop(broker(0));
    expect(await refuses(broker(0))).toBe(true);
    await cluster.kill(broker(1));
    expect(await refuses(broker(1))).toBe(true);
    await soon("nobody lists them", () => everyNameserver(async (by) => expect(await listed(by)).toEqual([])));
    await expect(cluster.createTopic("nowhere")).rejects.toThrow("no broker is up");
    await Promise.all([cluster.start(broker(0)), cluster.start(broker(1))]);
    await everyNameserver(async (by) => {
      expect(await listed(by)).toEqual(addresses(cluster.brokers));
      expect(await route(by, "orders")).toEqual(["broker-a 4/4 6", "broker-b 4/4 6"]);
    });
  });

  test("a stopped and a killed nameserver refuse; started again they answer, and brokers find them", async () => {
    const [killed, stopped] = [nameserver(1), nameserver(2)];
    await Promise.all([cluster.kill(killed), cluster.stop(stopped)]);
    for (const server of [killed, stopped]) expect(await refuses(server)).toBe(true);
    expect(await listed(nameserver(0))).toEqual(addresses(cluster.brokers));
    await Promise.all([cluster.start(killed), cluster.start(stopped)]);
    for (const server of [killed, stopped]) expect((await asked(server, 106)).code).toBe(0);
    await soon("they list all", () => everyNameserver(async (by) => expect(await listed(by)).toEqual(addresses(cluster.brokers))));
  });

  test("frozen servers accept connections and answer nothing until they are thawed; a frozen broker stays listed", async () => {
    const frozen = [nameserver(1), broker(1)];
    for (const server of frozen) await cluster.freeze(server);
    try {
      for (const server of frozen) {
        expect(await refuses(server)).toBe(false);
        await expect(asked(server, 106)).rejects.toThrow();
      }
      expect(await listed(nameserver(0))).toEqual(addresses(cluster.brokers));
    } finally {
      for (const server of frozen) await cluster.thaw(server);
    }
    expect((await asked(nameserver(1), 106)).code).toBe(0);
    expect((await asked(broker(1), 28)).code).toBe(0);
  });

  test("a nameserver is reserved first and started later, when brokers that know of it register; it is not ready for as long as was said", async () => {
    const late = await cluster.addNameserver({ up: false, waitMs: 5_000 });
    expect(cluster.nameservers.at(-1)).toBe(late);
    expect(await refuses(late)).toBe(true);
    const both = await cluster.addBroker({ name: "both", nameservers: [nameserver(0), late] });
    expect(cluster.brokers.at(-1)).toBe(both);
    expect(await listed(nameserver(0))).toContain(both.address);
    expect(await listed(nameserver(1))).not.toContain(both.address);
    await cluster.start(late);
    expect((await asked(late, 106)).code).toBe(0);
    expect((await asked(late, 105, undefined, { topic: "TBW102" })).code).toBe(NOT_READY);
    await soon("it is ready", async () => {
      expect(await listed(late)).toEqual([both.address]);
      expect(await route(late, "never made")).toEqual([NO_TOPIC]);
    });
    await cluster.kill(both);
    await cluster.kill(late);
  });

  test("an announced broker is listed where it is announced, with its permissions as of now, until it is withdrawn or silent", async () => {
    const where = [nameserver(0), nameserver(1)];
    const name = { name: "phantom", topics: { orders: 6, bills: 4 } };
    const announced = await cluster.announce({ ...name, at: where });
    const mute = await cluster.announce({ ...name, name: "mute", heartbeatTimeoutMs: 3_000 });
    for (const by of where) {
      expect(await listed(by)).toContain(announced.address);
      expect(await route(by, "bills")).toEqual(["mute 4/4 4", "phantom 4/4 4"]);
    }
    expect(await listed(nameserver(2))).not.toContain(announced.address);
    expect(await listed(nameserver(2))).toContain(mute.address);
    await announced.change({ orders: 4, bills: 4, receipts: 6 });
    for (const by of where) {
      expect(await route(by, "orders")).toContain("phantom 4/4 4");
      expect(await route(by, "receipts")).toEqual(["phantom 4/4 6"]);
    }
    await soon("the silent one is dropped", () => everyNameserver(async (by) => expect(await listed(by)).not.toContain(mute.address)));
    for (const by of where) expect(await listed(by)).toContain(announced.address);
    await announced.withdraw();
    await everyNameserver(async (by) => expect(await listed(by)).not.toContain(announced.address));
  });

  test("a proxy takes gRPC, is called a proxy when it is taken for a nameserver, and refuses when it is disposed", async () => {
    const proxy = await cluster.startProxy();
    const client = new Client(proxy.address, credentials.createInsecure());
    await new Promise<void>((resolve, reject) => {
      client.waitForReady(Date.now() + 10_000, (error) => (error === undefined ? resolve() : reject(error)));
    });
    client.close();
    for (const [address, says] of [
      [proxy.address, "gRPC server answers"],
      [proxy.remotingAddress, "proxy's port, not a nameserver's"],
    ] as const) {
      await using poller = new MetadataPoller(rocketmqBrokers({ nameservers: [address] }));
      await expect(poller.refresh()).rejects.toMatchObject({ code: "MALFORMED_RESPONSE", message: expect.stringContaining(says) });
    }
    await proxy[Symbol.asyncDispose]();
    expect(await refuses(proxy)).toBe(true);
  });

  test("what cannot be done is said", async () => {
    await expect(cluster.start(nameserver(0))).rejects.toThrow("nameserver-1 is running, not down");
    await expect(cluster.thaw(broker(0))).rejects.toThrow("broker-a is running, not frozen");
    await expect(cluster.kill({ address: "127.0.0.1:1" })).rejects.toThrow("no server at 127.0.0.1:1");
    await expect(cluster.addBroker({ name: "broker-a" })).rejects.toThrow("there is a broker-a already");
    await expect(cluster.addNameserver({ waitMs: 1 })).rejects.toThrow("whole seconds");
  });
});

describe.skipIf("reason" in rocketmq)("[rocketmq 5.5] testbed: how clusters are started", () => {
  test("TLS with ACL, binary headers: nobody is let in without TLS, nor by a broker without a right signature", async () => {
    if ("reason" in rocketmq) return;
    await using cluster = await startRealRocketmq({ ...rocketmq, nameservers: 1, brokers: 1, security: "acl-tls", serialize: "ROCKETMQ" });
    const { client } = cluster;
    const { tls = {}, acl = { accessKey: "", secretKey: "" } } = client;
    const [nameserver, broker] = [at(cluster.nameservers, 0), at(cluster.brokers, 0)];
    await cluster.createTopic("orders");
    expect(await listed(nameserver, client)).toEqual([broker.address]);
    expect(await listed(nameserver, { tls })).toEqual([broker.address]);
    for (const server of [nameserver, broker]) {
      await expect(asked(server, 106, { acl })).rejects.toThrow();
      await expect(asked(server, 106, { acl, tls: {} })).rejects.toThrow(/certificate/);
    }
    const code = async (with_: typeof client) => (await asked(broker, 28, with_)).code;
    expect([await code(client), await code({ tls }), await code({ tls, acl: { ...acl, secretKey: "wrong" } })]).toEqual([0, 16, 16]);
    await expect(cluster.startProxy()).rejects.toThrow("ACL");
  });

  test("a server that does not come up is an error with the last line of its log", async () => {
    if ("reason" in rocketmq) return;
    const starting = startRealRocketmq({ ...rocketmq, nameservers: 1, brokers: 0, nameserverSettings: { listenPort: 99_999 } });
    await expect(starting).rejects.toThrow(/^java ended by itself; the last line of its log: .*port/);
  });
});
