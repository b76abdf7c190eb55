import { describe, expect, it } from "vitest";
import { brokerEndpoints } from "../src/rocketmq-brokers-metadata.js";
import { broker, NameserverWorld } from "./support/nameserver-world.js";
import { polledBrokers, polledRoutes } from "./support/world-stage.js";

const ALL = ["n1", "n2", "n3"];
const b1 = broker("b1");
const b2 = broker("b2");

function attributes(stage: {
  readonly poller: { readonly snapshot: { readonly endpoints: readonly { readonly attributes?: unknown }[] } | undefined };
}): unknown {
  return stage.poller.snapshot?.endpoints.map((endpoint) => endpoint.attributes);
}

describe("row 16: what is a change", () => {
  it("row 16: the same in another order is none", async () => {
    const world = new NameserverWorld(ALL, [b1, b2]);
    const brokers = await polledBrokers(world, { nameservers: ALL });
    const routes = await polledRoutes(world, { nameservers: ALL, topics: ["t"] });
    world.list(["n1", "n3"], [b2, b1]);
    for (const stage of [brokers, routes]) {
      const { snapshot } = stage.poller;
      expect(await stage.poll()).toBe(undefined);
      expect(stage.poller.snapshot).toBe(snapshot);
    }
  });

  it("row 16: a slave that becomes master is one, and no removal", async () => {
    const slave = broker("b1", { id: 1, address: "s1:10911" });
    const world = new NameserverWorld(ALL, [slave, b2]);
    const stage = await polledBrokers(world, { nameservers: ALL });
    const role = (brokerId: number, of: string): unknown => ({ kind: "broker", cluster: "c", name: "b1", brokerId, role: of });
    expect(stage.poller.snapshot?.endpoints[1]?.attributes).toEqual(role(1, "slave"));
    world.list(ALL, [{ ...slave, id: 0 }, b2]);
    await stage.poll();
    const [, last] = stage.sink.calls;
    expect(last?.diff).toMatchObject({ added: [], removed: [], changed: [[{ id: "s1:10911" }, { attributes: role(0, "master") }]] });
  });

  it("row 16: a permission that is wiped (205) is one, and a number of queues a new version with the same endpoints", async () => {
    const world = new NameserverWorld(ALL, [b1]);
    const stage = await polledRoutes(world, { nameservers: ALL, topics: ["t"] });
    const routed = { kind: "broker", cluster: "c", name: "b1", brokerId: 0, role: "master", readable: true };
    expect(attributes(stage)).toEqual([{ ...routed, writable: true }]);
    world.list(ALL, [broker("b1", { topics: { t: 4 } })]);
    await stage.poll();
    expect(attributes(stage)).toEqual([{ ...routed, writable: false }]);
    expect(stage.metadata.topics[0]?.queues).toEqual([{ broker: "b1", readable: true, writable: false, readQueues: 4, writeQueues: 4 }]);
    const before = stage.poller.snapshot;
    for (const server of world.listening.values()) {
      server.script = (request) => {
        const said = server.say(request) as { readonly body: Uint8Array };
        return { body: Buffer.from(Buffer.from(said.body).toString().replace('"writeQueueNums":4', '"writeQueueNums":8')) };
      };
    }
    await stage.poll();
    expect(stage.poller.snapshot?.version).toBe((before?.version ?? 0) + 1);
    expect(stage.poller.snapshot?.endpoints).toBe(before?.endpoints);
    expect(stage.metadata.topics[0]?.queues[0]?.writeQueues).toBe(8);
  });
});

describe("row 17: brokers of every kind", () => {
  it("row 17: without a master, without addresses, in zones, and of several clusters", async () => {
    const brokers = [
      broker("a", { id: 2, address: "a2:10911", zone: "z1" }),
      broker("a", { id: 1, address: "a1:10911", zone: "z1" }),
      broker("b", { cluster: "other" }),
    ];
    const world = new NameserverWorld(ALL, brokers);
    for (const server of world.listening.values()) {
      const phantom = '"brokerAddrTable":{"phantom":{"brokerAddrs":{},"brokerName":"phantom","cluster":"c","enableActingMaster":false},';
      server.script = (request) => {
        const { body, ...rest } = server.say(request);
        return body === undefined ? rest : { body: Buffer.from(Buffer.from(body).toString().replace('"brokerAddrTable":{', phantom)) };
      };
    }
    const stage = await polledBrokers(world, { nameservers: ALL });
    expect(attributes(stage)).toEqual([
      { kind: "broker", cluster: "c", name: "a", brokerId: 1, role: "slave", zone: "z1" },
      { kind: "broker", cluster: "c", name: "a", brokerId: 2, role: "slave", zone: "z1" },
      { kind: "broker", cluster: "other", name: "b", brokerId: 0, role: "master" },
    ]);
  });

  it("row 17: an acting master is master and read-only in routes, whatever 106 calls it, and a slave of a writable master is not writable", async () => {
    const world = new NameserverWorld(ALL, [broker("a", { id: 1, address: "a1:10911" })]);
    for (const server of world.listening.values()) {
      server.script = (request) => {
        const acting = { brokers: [broker("a", { address: "a1:10911", topics: { t: 4 } })], say: server.say };
        return request.code === 105 ? acting.say(request) : server.say(request);
      };
    }
    const routes = await polledRoutes(world, { nameservers: ALL, topics: ["t"] });
    const brokers = await polledBrokers(world, { nameservers: ALL });
    expect(attributes(routes)).toMatchObject([{ brokerId: 0, role: "master", readable: true, writable: false }]);
    expect(attributes(brokers)).toMatchObject([{ brokerId: 1, role: "slave" }]);
    for (const server of world.listening.values()) server.script = (request) => server.say(request);
    world.list(ALL, [broker("a", { address: "a0:10911" }), broker("a", { id: 1, address: "a1:10911" })]);
    await routes.poll();
    expect(attributes(routes)).toMatchObject([
      { brokerId: 0, writable: true },
      { brokerId: 1, writable: false },
    ]);
  });

  it("row 17: an IPv6 address is read with and without brackets", async () => {
    const world = new NameserverWorld(["n1"], [broker("a", { address: "[fd00::1]:10911" }), broker("b", { address: "fd00::2:10911" })]);
    const stage = await polledBrokers(world, { nameservers: ["n1"] });
    expect(stage.poller.snapshot?.endpoints.map(({ id, host, port }) => [id, host, port])).toEqual([
      ["[fd00::1]:10911", "fd00::1", 10911],
      ["[fd00::2]:10911", "fd00::2", 10911],
    ]);
    expect(brokerEndpoints({ ...stage.metadata, brokers: [] })).toEqual([]);
  });
});
