import { describe, expect, it } from "vitest";
import { broker, frozen, NameserverWorld } from "./support/nameserver-world.js";
import { polledBrokers, polledRoutes } from "./support/world-stage.js";

const ALL = ["n1", "n2", "n3"];
const [b1, b2, b3] = [broker("b1"), broker("b2"), broker("b3")];

describe("row 12: agreement", () => {
  it("row 12: a nameserver that restarts and is empty until brokers register changes nothing, brokers and routes alike", async () => {
    const world = new NameserverWorld(ALL, [b1, b2]);
    const brokers = await polledBrokers(world, { nameservers: ALL });
    const routes = await polledRoutes(world, { nameservers: ALL, topics: ["t", "u"] });
    const n2 = world.at("n2");
    for (const listed of [undefined, [], [b1], [b1, b2]]) {
      n2.script = (request) => (listed === undefined ? undefined : n2.say(request));
      world.list(["n2"], listed ?? []);
      for (const stage of [brokers, routes]) expect(await stage.poll()).toBe(undefined);
    }
    for (const { sink } of [brokers, routes]) expect(sink.calls).toHaveLength(1);
  });

  it("row 12: nor do two at once, which deny a topic while they are empty", async () => {
    const world = new NameserverWorld(ALL, [b1, broker("b2", { topics: { u: 6 } })]);
    const stage = await polledRoutes(world, { nameservers: ALL, topics: ["t", "u"] });
    world.at("n3").script = frozen;
    world.list(["n1", "n2"], []);
    expect(await stage.poll()).toBe(undefined);
    expect(stage.view).toBe("b1:10911 b2:10911");
  });

  it("row 12: nor do all of them, one after another, although each answers alone meanwhile", async () => {
    const world = new NameserverWorld(ALL, [b1, b2]);
    const stage = await polledRoutes(world, { nameservers: ALL, topics: ["t"], removalGraceMs: 20_000 });
    for (const name of ALL) {
      for (const other of ALL) if (other !== name) world.at(other).script = frozen;
      for (const listed of [[], [b2], [b1, b2]]) {
        world.list([name], listed);
        expect(await stage.poll()).toBe(undefined);
      }
      for (const server of world.listening.values()) server.script = (request) => server.say(request);
      await stage.poll();
    }
    expect(stage.view).toBe("b1:10911 b2:10911");
    expect(stage.sink.calls).toHaveLength(1);
  });

  it("row 12: nor does an outage of all of them, after which brokers register one by one, the first before anybody asks", async () => {
    const world = new NameserverWorld(ALL, [b1, b2, b3]);
    const brokers = await polledBrokers(world, { nameservers: ALL });
    const routes = await polledRoutes(world, { nameservers: ALL, topics: ["t"] });
    world.listening.clear();
    for (let poll = 0; poll < 4; poll++) for (const stage of [brokers, routes]) expect(await stage.poll(15_000)).toBe("UNAVAILABLE");
    for (const name of ALL) world.add(name, []);
    for (const registered of [[b3], [b3, b1], [b3, b1, b2]]) {
      world.list(ALL, registered);
      for (const stage of [brokers, routes]) expect(await stage.poll(4_000)).toBe(undefined);
    }
    for (const { sink, view } of [brokers, routes]) expect([sink.calls.length, view]).toEqual([1, "b1:10911 b2:10911 b3:10911"]);
    world.list(ALL, [b3, b1]);
    for (const stage of [brokers, routes]) {
      await stage.poll();
      expect(stage.view).toBe("b1:10911 b3:10911");
    }
  });

  it("row 12: what all have dropped is gone with the next poll, whenever each of them did", async () => {
    const world = new NameserverWorld(ALL, [b1, b2, b3]);
    const stage = await polledBrokers(world, { nameservers: ALL });
    for (const name of ALL) {
      expect(stage.view).toContain("b3");
      world.list([name], [b1, b2]);
      await stage.poll();
    }
    expect(stage.view).toBe("b1:10911 b2:10911");
  });

  it("row 12: with one nameserver it stays for removalGraceMs, and no longer", async () => {
    const world = new NameserverWorld(["n1"], [b1, b2, b3]);
    const stage = await polledBrokers(world, { nameservers: ["n1"], removalGraceMs: 35_000 }, { intervalMs: 1_000 });
    world.list(["n1"], [b1, b2]);
    await world.clock.advance(34_000);
    expect(stage.view).toContain("b3");
    await world.clock.advance(3_300);
    expect(stage.view).toBe("b1:10911 b2:10911");
  });

  it("row 12: what two have dropped is removed although a third is frozen", async () => {
    const world = new NameserverWorld(ALL, [b1, b2, b3]);
    const stage = await polledBrokers(world, { nameservers: ALL });
    world.at("n1").script = frozen;
    world.list(ALL, [b1, b2]);
    await stage.poll();
    expect(stage.view).toBe("b1:10911 b2:10911");
  });

  it("row 12: the grace counts across answers that the guard holds", async () => {
    const world = new NameserverWorld(["n1"], [b1, b2, b3]);
    const stage = await polledBrokers(world, { nameservers: ["n1"], removalGraceMs: 5_000 });
    world.list(["n1"], [b1]);
    for (let poll = 0; poll < 7; poll++) await stage.poll(1_500);
    expect(stage.view).toBe("b1:10911");
  });

  it("row 12: after a restart of this process, what was stored is kept until the grace is over", async () => {
    const world = new NameserverWorld(ALL, [b1]);
    const stored = await (await polledBrokers(new NameserverWorld(ALL, [b1, b2]), { nameservers: ALL })).poller.ready();
    const store = {
      load: async () => ({ ...stored, metadata: JSON.parse(JSON.stringify(stored.metadata)) as unknown }),
      save: async () => undefined,
    };
    for (const server of world.listening.values()) server.script = frozen;
    const stage = await polledBrokers(world, { nameservers: ALL, removalGraceMs: 35_000 }, { store });
    expect(stage.view).toBe("b1:10911 b2:10911");
    for (const server of world.listening.values()) server.script = (request) => server.say(request);
    expect(await stage.poll(10_000)).toBe(undefined);
    expect(stage.view).toBe("b1:10911 b2:10911");
    await world.clock.advance(70_000);
    expect(stage.view).toBe("b1:10911");
  });
});

describe("row 13: a topic that is gone", () => {
  it("row 13: loses its route once two that had it deny it; others go on", async () => {
    const world = new NameserverWorld(ALL, [b1, broker("b2", { topics: { u: 6 } })]);
    const stage = await polledRoutes(world, { nameservers: ALL, topics: ["t", "u", "never"] });
    expect(stage.view).toBe("b1:10911 b2:10911");
    expect(stage.metadata.topics.map(({ error }) => error)).toEqual([undefined, undefined, "TOPIC_NOT_EXIST"]);
    world.list(ALL, [broker("b2", { topics: { u: 6 } })]);
    expect(await stage.poll()).toBe(undefined);
    expect(stage.view).toBe("b2:10911");
    expect(stage.metadata.topics[0]).toEqual({ topic: "t", error: "TOPIC_NOT_EXIST", brokers: [], queues: [] });
  });

  it("row 13: none that has a broker is an error that names them, at first", async () => {
    const world = new NameserverWorld(ALL, [broker("other", { topics: {} })]);
    const stage = await polledRoutes(world, { nameservers: ALL, topics: Array.from({ length: 7 }, (_, at) => `x${at}`) });
    expect(stage.poller.status.error?.message).toMatch(/no topic has a broker \(x0: TOPIC_NOT_EXIST, x1: TOPIC_NOT_EXIST, .* and 2 more\)/);
    const brokers = await polledBrokers(new NameserverWorld(ALL, []), { nameservers: ALL });
    expect(brokers.poller.status.error?.message).toContain("n1:9876, n2:9876, n3:9876 list no broker");
  });

  it("row 13: all of them gone removes nobody, unless the guard allows it: then the reasons stand there, until they are back", async () => {
    const world = new NameserverWorld(ALL, [b1, broker("other", { topics: {} })]);
    const kept = await polledRoutes(world, { nameservers: ALL, topics: ["t"] });
    const emptied = await polledRoutes(world, { nameservers: ALL, topics: ["t"] }, { guard: () => true });
    world.list(ALL, [broker("other", { topics: {} })]);
    expect(await kept.poll()).toBe("EMPTY_METADATA");
    for (let poll = 0; poll < 2; poll++) expect(await emptied.poll()).toBe(undefined);
    expect([kept.view, emptied.view]).toEqual(["b1:10911", ""]);
    expect(emptied.metadata.topics).toEqual([{ topic: "t", error: "TOPIC_NOT_EXIST", brokers: [], queues: [] }]);
    world.list(ALL, [b1]);
    for (const stage of [kept, emptied]) expect(await stage.poll()).toBe(undefined);
    expect([kept.view, emptied.view]).toEqual(["b1:10911", "b1:10911"]);
  });

  it("row 11: so it is with brokers of which nobody knows any more", async () => {
    const world = new NameserverWorld(ALL, [b1]);
    const options = { nameservers: ALL, removalGraceMs: 5_000 };
    const kept = await polledBrokers(world, options);
    const emptied = await polledBrokers(world, options, { guard: (next, _, streak) => next.length > 0 || streak >= 3 });
    world.list(ALL, []);
    for (let poll = 0; poll < 8; poll++) for (const stage of [kept, emptied]) await stage.poll();
    expect([kept.view, emptied.view]).toEqual(["b1:10911", ""]);
    expect(kept.poller.status.error?.code).toBe("EMPTY_METADATA");
  });

  it("row 13: an answer of success without brokers takes no route away before the grace is over", async () => {
    const world = new NameserverWorld(ALL, [b1, broker("b2", { topics: { u: 6 } })]);
    const stage = await polledRoutes(world, { nameservers: ALL, topics: ["t", "u"], removalGraceMs: 10_000 });
    for (const server of world.listening.values()) {
      server.script = (request) =>
        request.fields?.["topic"] === "t" ? { body: Buffer.from('{"brokerDatas":[],"queueDatas":[]}') } : server.say(request);
    }
    expect(await stage.poll()).toBe(undefined);
    expect(stage.view).toBe("b1:10911 b2:10911");
    expect(stage.metadata.topics[0]?.error).toBe(undefined);
    await stage.poll(12_000);
    await stage.poll();
    expect(stage.metadata.topics[0]?.error).toBe("EMPTY_METADATA");
  });
});

describe("row 22: divergence", () => {
  it("row 22: a broker that is registered at one nameserver only is used, and reported as lacking at the others, until they list it", async () => {
    const world = new NameserverWorld(ALL, [b1]);
    world.list(["n2"], [b1, b2]);
    const brokers = await polledBrokers(world, { nameservers: ALL });
    const routes = await polledRoutes(world, { nameservers: ALL, topics: ["t"] });
    const lacking = (lacks: string): unknown => ["n1:9876", "n3:9876"].map((nameserver) => ({ nameserver, lacks: [lacks] }));
    expect(brokers.view).toBe("b1:10911 b2:10911");
    expect(brokers.metadata.divergence).toEqual(lacking("b2:10911"));
    expect(routes.metadata.divergence).toEqual(lacking("t b2:10911"));
    world.list(["n1", "n3"], [b2, b1]);
    for (const stage of [brokers, routes]) {
      await stage.poll();
      expect(stage.metadata.divergence).toEqual([]);
      expect(stage.sink.calls).toHaveLength(1); // no endpoint has changed
    }
  });
});
