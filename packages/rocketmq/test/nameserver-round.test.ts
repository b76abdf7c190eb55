import { getEventListeners } from "node:events";
import { DiscoveryError } from "@rollcall/core";
import { settle } from "@rollcall/testkit";
import { describe, expect, it } from "vitest";
import { askBrokers } from "../src/brokers-question.js";
import { NameserverRound } from "../src/nameserver-round.js";
import { type RocketmqOptions, rocketmqSettings } from "../src/rocketmq-options.js";
import { broker, frozen, NameserverWorld } from "./support/nameserver-world.js";
import { worldFeed } from "./support/world-stage.js";

const ask = askBrokers(() => undefined);

function roundOf(world: NameserverWorld, options: RocketmqOptions): NameserverRound {
  return new NameserverRound(rocketmqSettings(options), world.context);
}

/** From now on a nameserver takes so many milliseconds for each answer. */
function answerAfter(world: NameserverWorld, name: string, ms: number): void {
  const server = world.at(name);
  server.script = (request) => new Promise((resolve) => world.clock.setTimeout(() => resolve(server.say(request)), ms));
}

/** One poll: who answered, sorted, or the error. */
async function polled(round: NameserverRound, given: { signal?: AbortSignal; timeoutMs?: number } = {}): Promise<string> {
  const { signal = new AbortController().signal, ...rest } = given;
  return round.ask(ask, { signal, ...rest }).then(
    (replies) =>
      replies
        .map(({ nameserver }) => nameserver.replace(":9876", ""))
        .sort()
        .join(" "),
    (error: { readonly message: string }) => error.message,
  );
}

describe("whom a round asks", () => {
  it("so many nameservers at once, the same as the last time", async () => {
    const world = new NameserverWorld(["n1", "n2", "n3", "n4", "n5"], [broker("b1")]);
    const round = roundOf(world, { nameservers: (await worldFeed(world, "n1", "n2", "n3", "n4", "n5")).feed, nameserversPerPoll: 2 });
    const first = await polled(round);
    expect(first.split(" ")).toHaveLength(2);
    for (let poll = 0; poll < 10; poll++) expect(await polled(round)).toBe(first);
    expect(world.open.size).toBe(0);
  });

  it("in an order of each process's own", async () => {
    const world = new NameserverWorld(["n1", "n2", "n3"], [broker("b1")]);
    const { feed } = await worldFeed(world, "n1", "n2", "n3");
    const firsts = new Set<string>();
    for (let process = 0; process < 30; process++) firsts.add(await polled(roundOf(world, { nameservers: feed, nameserversPerPoll: 1 })));
    expect([...firsts].sort()).toEqual(["n1", "n2", "n3"]);
  });

  it("the next in the place of one that fails, whom it suspects", async () => {
    const world = new NameserverWorld(["n1", "n2"], [broker("b1")]);
    const feed = await worldFeed(world, "n1", "n2", "n3", "n4");
    const round = roundOf(world, { nameservers: feed.feed, nameserversPerPoll: 2 });
    expect(await polled(round)).toBe("n1 n2");
    for (const name of feed.suspects) expect(["n3", "n4"]).toContain(name);
    world.asked();
    expect(await polled(round)).toBe("n1 n2");
    expect(world.asked()).toBe("n1 n2"); // whoever answered last comes first
  });

  it("nobody who was removed before his turn", async () => {
    const world = new NameserverWorld(["n1", "n2"], [broker("b1")]);
    for (const server of world.listening.values()) server.script = frozen;
    const feed = await worldFeed(world, "n1", "n2");
    const round = roundOf(world, { nameservers: feed.feed, nameserversPerPoll: 1, hedgeAfterMs: 2_000, attemptTimeoutMs: 10_000 });
    round.watch({ signal: new AbortController().signal, changed: () => undefined });
    const asking = polled(round);
    await settle();
    const first = world.asked();
    await feed.list(first);
    await world.clock.advance(10_000);
    expect(await asking).toBe(
      `[rocketmq] [TIMEOUT] none of 1 candidates answered: ${first}:9876: [rocketmq] [TIMEOUT] no answer within 10000 ms`,
    );
    expect(world.asked()).toBe("");
  });

  it("each address once, however many entries of the feed are mapped to it", async () => {
    const world = new NameserverWorld(["n1"], [broker("b1")]);
    const feed = await worldFeed(world, "n1");
    const [endpoint] = feed.poller.snapshot?.endpoints ?? [];
    const twice = { ...feed.poller.snapshot, endpoints: ["x", "y"].map((id) => ({ ...endpoint, id })) } as typeof feed.poller.snapshot;
    expect(await polled(roundOf(world, { nameservers: { ...feed.feed, snapshot: twice } }))).toBe("n1");
  });

  it("names everybody when nobody answers, each once", async () => {
    const world = new NameserverWorld(["n1"], []);
    world.at("n1").script = () => ({ code: 2, remark: "[OVERLOAD]" });
    const feed = await worldFeed(world, "n1", "n2");
    const message = await polled(roundOf(world, { nameservers: feed.feed }));
    expect(message).toMatch(/^\[rocketmq\] \[UNAVAILABLE\] none of 2 candidates answered: /);
    expect(message).toMatch(/n1:9876: .*SYSTEM_BUSY: \[OVERLOAD\]/);
    expect(message).toMatch(/n2:9876: .*ECONNREFUSED/);
    expect([...feed.suspects].sort()).toEqual(["n1", "n2"]);
  });
});

describe("those that do not serve", () => {
  /** A feed with `n1` in use, and `n2` set aside. */
  async function halfServing(world: NameserverWorld): Promise<RocketmqOptions["nameservers"]> {
    const feed = await worldFeed(world);
    feed.aside = ["n2"];
    feed.poller.subscribe(() => undefined);
    await feed.list("n1", "n2");
    return feed.feed;
  }

  it("are not asked while anybody else answers, however few these are", async () => {
    const world = new NameserverWorld(["n1", "n2"], [broker("b1")]);
    expect(await polled(roundOf(world, { nameservers: await halfServing(world) }))).toBe("n1");
    expect(world.asked()).toBe("n1");
  });

  it("are asked if nobody else answers", async () => {
    const world = new NameserverWorld(["n2"], [broker("b1")]);
    expect(await polled(roundOf(world, { nameservers: await halfServing(world) }))).toBe("n2");
    expect(world.asked()).toBe("n1 n2");
  });
});

describe("a silent nameserver", () => {
  it("row 10: holds a poll up for no longer than hedgeAfterMs once another has answered, and is suspected", async () => {
    const world = new NameserverWorld(["n1", "n2", "n3"], [broker("b1")]);
    world.at("n2").script = frozen;
    const feed = await worldFeed(world, "n1", "n2", "n3");
    const round = roundOf(world, { nameservers: feed.feed });
    const poll = polled(round, { timeoutMs: 10_000 });
    await world.clock.advance(499);
    expect(world.open.size).toBe(1);
    await world.clock.advance(1);
    expect(await poll).toBe("n1 n3");
    expect([...feed.suspects]).toEqual(["n2"]);
    expect(world.open.size).toBe(0);
  });

  it("row 10: gives its turn to the next after hedgeAfterMs if nobody has answered", async () => {
    const world = new NameserverWorld(["n1", "n2"], [broker("b1")]);
    for (const name of ["n1", "n2"]) world.at(name).script = frozen;
    const round = roundOf(world, { nameservers: (await worldFeed(world, "n1", "n2")).feed, nameserversPerPoll: 1 });
    const poll = polled(round, { timeoutMs: 10_000 });
    await world.clock.advance(0);
    expect(world.open.size).toBe(1);
    await world.clock.advance(500);
    expect(world.open.size).toBe(2);
    await world.clock.advance(2_000);
    expect(await poll).toMatch(/\[TIMEOUT\] none of 2 candidates answered: .*no answer within 2000 ms/);
    expect(world.open.size).toBe(0);
  });

  it("is not one that has as much to tell as the others", async () => {
    const world = new NameserverWorld(["n1", "n2"], [broker("b1")]);
    answerAfter(world, "n1", 800);
    answerAfter(world, "n2", 1_500);
    const feed = await worldFeed(world, "n1", "n2");
    const poll = polled(roundOf(world, { nameservers: feed.feed }), { timeoutMs: 10_000 });
    await world.clock.advance(1_500);
    expect(await poll).toBe("n1 n2");
    expect([...feed.suspects]).toEqual([]);
  });

  it("is not one that was asked last, when the poll is over", async () => {
    const world = new NameserverWorld(["n1", "n2", "n3"], [broker("b1")]);
    let drawn = 0;
    world.clock.random = () => ++drawn / 100; // n1 comes first, then n2
    for (const name of ["n1", "n3"]) world.at(name).script = frozen;
    answerAfter(world, "n2", 450);
    const feed = await worldFeed(world, "n1", "n2", "n3");
    drawn = 0;
    const poll = polled(roundOf(world, { nameservers: feed.feed, nameserversPerPoll: 2 }), { timeoutMs: 10_000 });
    await world.clock.advance(950);
    expect(await poll).toBe("n2");
    expect(world.asked()).toBe("n1 n2 n3");
    expect([...feed.suspects]).toEqual(["n1"]);
  });

  it("is not one that takes as long as the last time: nobody else is asked in its place", async () => {
    const world = new NameserverWorld(["n1", "n2"], [broker("b1")]);
    for (const name of ["n1", "n2"]) answerAfter(world, name, 800);
    const round = roundOf(world, { nameservers: (await worldFeed(world, "n1", "n2")).feed, nameserversPerPoll: 1 });
    for (const asked of [/n1 n2/, /^n[12]$/]) {
      const poll = polled(round, { timeoutMs: 10_000 });
      await world.clock.advance(800);
      expect(await poll).toMatch(/^n[12]$/);
      expect(world.asked()).toMatch(asked);
    }
  });

  it("is named and suspected although its connection takes a turn to end", async () => {
    const world = new NameserverWorld([], []);
    const connect = (_: unknown, { signal }: { readonly signal: AbortSignal }): Promise<never> => {
      return new Promise((_, reject) => signal.addEventListener("abort", () => setImmediate(reject, signal.reason), { once: true }));
    };
    const feed = await worldFeed(world, "n1");
    const round = new NameserverRound(rocketmqSettings({ nameservers: feed.feed }), { ...world.context, transport: () => ({ connect }) });
    const poll = polled(round);
    await world.clock.advance(2_000);
    expect(await poll).toMatch(/n1:9876: .*no answer within 2000 ms/);
    expect([...feed.suspects]).toEqual(["n1"]);
  });

  it("does not use up a poll that is short", async () => {
    const world = new NameserverWorld(["n1", "n2"], [broker("b1")]);
    world.at("n1").script = frozen;
    const poll = polled(roundOf(world, { nameservers: (await worldFeed(world, "n1", "n2")).feed }), { timeoutMs: 200 });
    await world.clock.advance(50);
    expect(await poll).toBe("n2");
  });
});

describe("a poll that is stopped", () => {
  it("rejects with the reason at once, closes its connections, suspects nobody and leaves no listener", async () => {
    const world = new NameserverWorld(["n1", "n2"], [broker("b1")]);
    for (const name of ["n1", "n2"]) world.at(name).script = frozen;
    const feed = await worldFeed(world, "n1", "n2");
    const round = roundOf(world, { nameservers: feed.feed });
    const stop = new AbortController();
    const poll = round.ask(ask, { signal: stop.signal });
    poll.catch(() => undefined);
    await settle();
    expect(world.open.size).toBe(2);
    const reason = new DiscoveryError("ABORTED", "nobody waits", { source: "test" });
    stop.abort(reason);
    await expect(poll).rejects.toBe(reason);
    expect(world.open.size).toBe(0);
    expect([...feed.suspects]).toEqual([]);
    for (const server of world.listening.values()) server.script = (request) => server.say(request);
    const { signal } = new AbortController();
    expect(await polled(round, { signal })).toBe("n1 n2");
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});
