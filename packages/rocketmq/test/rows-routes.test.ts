import { describe, expect, it, onTestFinished } from "vitest";
import { broker, frozen, NameserverWorld } from "./support/nameserver-world.js";
import { polledBrokers, polledRoutes } from "./support/world-stage.js";

const ALL = ["n1", "n2", "n3"];
const [b1, b2] = [broker("b1"), broker("b2")];

describe("row 10: one black hole", () => {
  it("row 10: never spoils a poll, be it the first", async () => {
    const world = new NameserverWorld(ALL, [b1, b2]);
    world.at("n1").script = frozen;
    const stage = await polledRoutes(world, { nameservers: ALL, topics: ["t"] });
    for (let poll = 0; poll < 100; poll++) expect(await stage.poll()).toBe(undefined);
    expect(stage.view).toBe("b1:10911 b2:10911");
  });
});

describe("row 11: nobody answers", () => {
  it("row 11: keeps the last set, and becomes stale", async () => {
    const world = new NameserverWorld(ALL, [b1, b2]);
    const stage = await polledBrokers(world, { nameservers: ALL });
    world.listening.clear();
    await world.clock.advance(200_000);
    expect(stage.view).toBe("b1:10911 b2:10911");
    expect(stage.poller.status).toMatchObject({ state: "stale", error: { code: "UNAVAILABLE" } });
    expect(stage.sink.calls).toHaveLength(1);
  });

  it.each([
    ["brokers", (world: NameserverWorld) => polledBrokers(world, { nameservers: ALL })],
    ["routes", (world: NameserverWorld) => polledRoutes(world, { nameservers: ALL, topics: ["t"] })],
  ])("row 11: an outage of all, after which they know one broker, takes nobody away (%s)", async (_, polled) => {
    const world = new NameserverWorld(ALL, [b1, b2]);
    const stage = await polled(world);
    for (const server of world.listening.values()) server.script = () => ({ code: 2 });
    expect(await stage.poll(60_000)).toBe("UNAVAILABLE");
    world.list(ALL, [b2]);
    for (const server of world.listening.values()) server.script = (request) => server.say(request);
    expect(await stage.poll(10_000)).toBe(undefined);
    expect(stage.view).toBe("b1:10911 b2:10911");
  });
});

describe("row 14: many topics", () => {
  const topics = Array.from({ length: 50 }, (_, at) => `t${at}`);
  const everything = Object.fromEntries(topics.map((topic) => [topic, 6]));

  it("row 14: one whose answer is no route does not stop the others, and is had from another nameserver", async () => {
    const world = new NameserverWorld(ALL, [broker("b1", { topics: everything })]);
    const garbage = (...names: readonly string[]): void => {
      for (const name of names) {
        const server = world.at(name);
        server.script = (request) => (request.fields?.["topic"] === "t7" ? { body: Buffer.from("<html>") } : server.say(request));
      }
    };
    garbage("n1", "n2");
    const stage = await polledRoutes(world, { nameservers: ALL, topics });
    expect(stage.metadata.topics.filter(({ brokers }) => brokers.length === 0)).toEqual([]);
    garbage("n3");
    expect(await stage.poll()).toBe(undefined);
    const { brokers, error } = stage.metadata.topics[7] ?? {};
    expect(brokers).toHaveLength(1); // nobody has said that it is gone
    expect(error).toBe("MALFORMED_RESPONSE");
    const fresh = await polledRoutes(world, { nameservers: ALL, topics });
    expect(fresh.metadata.topics.filter(({ error }) => error !== undefined)).toEqual([
      { topic: "t7", error: "MALFORMED_RESPONSE", brokers: [], queues: [] },
    ]);
  });

  it("row 14: one that no nameserver can look up does not stop the others, and is not gone", async () => {
    const world = new NameserverWorld(ALL, [broker("b1", { topics: everything })]);
    const stage = await polledRoutes(world, { nameservers: ALL, topics: ["t0", "t7"] });
    for (const server of world.listening.values()) {
      const npe = { code: 1, remark: "java.lang.NullPointerException" };
      server.script = (request) => (request.fields?.["topic"] === "t7" ? npe : server.say(request));
    }
    expect(await stage.poll()).toBe(undefined);
    expect(stage.metadata.topics[1]).toMatchObject({ topic: "t7", error: "SYSTEM_ERROR", brokers: [{ address: "b1:10911" }] });
    const fresh = await polledRoutes(world, { nameservers: ALL, topics: ["t0", "t7"] });
    expect(fresh.metadata.topics.map(({ error }) => error)).toEqual([undefined, "SYSTEM_ERROR"]);
  });

  it("row 14: a nameserver whose answers about all of them are no routes has failed: the next is asked", async () => {
    const world = new NameserverWorld(["n1", "n2"], [b1]);
    const server = world.at("n1");
    server.script = (request) => (request.code === 105 ? { body: Buffer.from("[]") } : server.say(request));
    const stage = await polledRoutes(world, { nameservers: ["n1", "n2"], topics: ["t"], nameserversPerPoll: 1 });
    for (let poll = 0; poll < 5; poll++) expect(await stage.poll()).toBe(undefined);
    world.listening.delete("n2:9876");
    expect(await stage.poll()).toBe("MALFORMED_RESPONSE");
  });

  it("row 14: at most 16 questions are on their way to one nameserver, over one connection", async () => {
    const world = new NameserverWorld(["n1"], [broker("b1", { topics: everything })]);
    let asked = 0;
    let most = 0;
    const warnings: Error[] = [];
    const warn = (warning: Error): void => void warnings.push(warning);
    process.on("warning", warn);
    onTestFinished(() => void process.off("warning", warn));
    const server = world.at("n1");
    server.script = async (request) => {
      most = Math.max(most, ++asked);
      await new Promise(setImmediate);
      asked -= 1;
      return server.say(request);
    };
    const stage = await polledRoutes(world, { nameservers: ["n1"], topics }, { probe: false });
    for (let turn = 0; turn < 20; turn++) await world.clock.advance(0);
    expect(stage.metadata.topics).toHaveLength(50);
    expect(most).toBe(17); // the question for the brokers goes with them
    expect(warnings).toEqual([]); // of too many listeners on one signal
    expect(
      world
        .asked()
        .split(" ")
        .filter((name) => name === "n1"),
    ).toHaveLength(1);
  });
});

describe("row 21: not now", () => {
  it.each([
    [1, "name server not ready"],
    [2, "[TIMEOUT_CLEAN_QUEUE]broker busy"],
    [14, "the service is not available"],
    [1500, "please go away"],
  ])("row 21: code %i for one topic means the next nameserver, and no missing topic", async (code, remark) => {
    const world = new NameserverWorld(["n1", "n2"], [b1]);
    for (const name of ["n1", "n2"]) {
      const server = world.at(name);
      server.script = (request) => (request.fields?.["topic"] === "t" && name === "n1" ? { code, remark } : server.say(request));
    }
    const stage = await polledRoutes(world, { nameservers: ["n1", "n2"], topics: ["u", "t"], nameserversPerPoll: 1 });
    for (let poll = 0; poll < 5; poll++) expect(await stage.poll()).toBe(undefined);
    expect(stage.metadata.topics[1]).toMatchObject({ topic: "t", brokers: [{ address: "b1:10911" }] });
    world.listening.delete("n2:9876");
    expect(await stage.poll()).toBe("UNAVAILABLE");
    expect(stage.poller.status.error?.message).toContain(remark);
    expect(stage.view).toBe("b1:10911");
  });

  it("row 21: whoever does not know the request is no nameserver, and one who refuses one topic says nothing of it", async () => {
    const world = new NameserverWorld(["n1"], [b1]);
    const server = world.at("n1");
    server.script = (request) => (request.fields?.["topic"] === "u" ? { code: 16, remark: "denied" } : server.say(request));
    const stage = await polledRoutes(world, { nameservers: ["n1"], topics: ["t", "u"] });
    expect(stage.metadata.topics.map(({ error }) => error)).toEqual([undefined, "NO_PERMISSION"]);
    server.script = () => ({ code: 16, remark: "denied" });
    expect(await stage.poll()).toBe("UNAUTHENTICATED");
    server.script = () => ({ code: 3, remark: "request type 105 not supported" });
    expect(await stage.poll()).toBe("MALFORMED_RESPONSE");
    expect(stage.poller.status.error?.message).toContain("a broker's or proxy's port, not a nameserver's");
    expect(stage.view).toBe("b1:10911");
  });
});
