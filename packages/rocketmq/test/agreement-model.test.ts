import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { agree, type Belief, type Statement } from "../src/agreement.js";

const GRACE_MS = 35_000;
const NAMESERVERS = ["n1", "n2", "n3", "n4"];
const BROKERS = ["b1", "b2", "b3"];

/** What can happen between two polls, and what a poll is like. */
type Event =
  | { readonly kind: "restart" | "thaw" | "freeze"; readonly nameserver: string }
  /** A broker registers with one nameserver: a restarted one learns of its brokers one by one. */
  | { readonly kind: "register"; readonly nameserver: string; readonly broker: string }
  /** A broker dies. Nameservers that lag behind notice later, by `expire`. */
  | { readonly kind: "die"; readonly broker: string; readonly lagging: readonly string[] }
  | { readonly kind: "start"; readonly broker: string }
  | { readonly kind: "expire"; readonly nameserver: string }
  | { readonly kind: "poll"; readonly afterMs: number; readonly asked: readonly string[] };

const nameserver = fc.constantFrom(...NAMESERVERS);
const broker = fc.constantFrom(...BROKERS);
const someNameservers = fc.subarray(NAMESERVERS);
const poll = fc.record({
  kind: fc.constant("poll" as const),
  afterMs: fc.constantFrom(1_000, 1_000, 10_000, 30_000, 36_000),
  asked: fc.subarray(NAMESERVERS, { minLength: 1 }),
});
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("restart", "thaw", "freeze"), nameserver }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("register" as const), nameserver, broker }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("die" as const), broker, lagging: someNameservers }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("start" as const), broker }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("expire" as const), nameserver }) },
  { weight: 5, arbitrary: poll },
);

/** A nameserver as it is, whatever is believed of it. */
interface Server {
  table: Set<string>;
  frozen: boolean;
  /** Brokers that it listed in a poll, since when they are believed to be there, and since when it has been informed in every poll. */
  readonly had: Set<string>;
}

/** A cluster, the belief, and what must hold of the two after each poll. */
class World {
  now = 0;
  removals = 0;
  retained = 0;
  belief: Belief<string> = new Map();
  readonly live = new Set(BROKERS);
  readonly servers = new Map<string, Server>(
    NAMESERVERS.map((name) => [name, { table: new Set(BROKERS), frozen: false, had: new Set<string>() }]),
  );
  /** Since when nobody who answered has listed what is believed, while somebody did in every poll. */
  readonly missing = new Map<string, number>();

  at(name: string): Server {
    return this.servers.get(name) as Server;
  }

  happen(event: Event): void {
    switch (event.kind) {
      case "restart":
        return this.at(event.nameserver).table.clear();
      case "freeze":
      case "thaw":
        this.at(event.nameserver).frozen = event.kind === "freeze";
        return;
      case "register":
        if (this.live.has(event.broker)) this.at(event.nameserver).table.add(event.broker);
        return;
      case "start":
        this.live.add(event.broker);
        return;
      case "expire":
        this.#expire(event.nameserver);
        return;
      case "die":
        this.live.delete(event.broker);
        for (const name of NAMESERVERS) if (!event.lagging.includes(name)) this.at(name).table.delete(event.broker);
        return;
      case "poll":
        this.#poll(event.asked, event.afterMs);
    }
  }

  #expire(name: string): void {
    const server = this.at(name);
    server.table = new Set([...server.table].filter((each) => this.live.has(each)));
  }

  #poll(asked: readonly string[], afterMs: number): void {
    this.now += afterMs;
    const answering = asked.filter((name) => !this.at(name).frozen);
    const statements = answering.map((by): Statement<string> => {
      const { table } = this.at(by);
      return { by, informed: table.size > 0, items: new Map([...table].map((each) => [each, each])) };
    });
    const before = this.belief;
    this.belief = agree(before, statements, { now: this.now, graceMs: GRACE_MS });
    const witnesses = this.#witnesses(answering);
    for (const each of BROKERS) this.#check(each, { before, answering, witnesses: witnesses.get(each) ?? 0 });
    for (const name of NAMESERVERS) this.#remember(name, answering.includes(name));
    for (const each of BROKERS) if (!this.belief.has(each)) for (const { had } of this.servers.values()) had.delete(each);
  }

  /** By broker: how many of those that answer had it, have been informed since, and do not list it now. */
  #witnesses(answering: readonly string[]): ReadonlyMap<string, number> {
    const who = (each: string): number => {
      return answering.map((name) => this.at(name)).filter(({ table, had }) => table.size > 0 && had.has(each)).length;
    };
    return new Map(BROKERS.map((each) => [each, who(each)]));
  }

  #remember(name: string, answered: boolean): void {
    const { table, had } = this.at(name);
    if (!answered || table.size === 0) had.clear();
    else for (const each of table) had.add(each);
  }

  #check(
    each: string,
    { before, answering, witnesses }: { before: Belief<string>; answering: readonly string[]; witnesses: number },
  ): void {
    const isListed = answering.some((name) => this.at(name).table.has(each));
    const isIn = this.belief.has(each);
    if (isListed || !before.has(each) || answering.length === 0) this.missing.delete(each);
    else if (!this.missing.has(each)) this.missing.set(each, this.now);
    const missingMs = this.now - (this.missing.get(each) ?? this.now);
    if (isListed) expect(isIn, `${each} is listed by somebody who answered`).toBe(true);
    else if (answering.length === 0) expect(isIn, `nobody said anything of ${each}`).toBe(before.has(each));
    else if (before.has(each)) {
      expect(isIn, `${each}: ${witnesses} witnesses, missing for ${missingMs} ms`).toBe(witnesses < 2 && missingMs < GRACE_MS);
      if (isIn) this.retained++;
      else this.removals++;
    } else expect(isIn, `nobody ever spoke of ${each}`).toBe(false);
  }
}

describe("nameservers that restart, lag, freeze, and are half informed", () => {
  it("take nobody away whom one that answers lists, nor without two that saw it go, or the grace", () => {
    let removals = 0;
    let retained = 0;
    const lives = fc.property(fc.array(event, { minLength: 20, maxLength: 80 }), (events) => {
      const world = new World();
      for (const each of events) world.happen(each);
      removals += world.removals;
      retained += world.retained;
    });
    fc.assert(lives, { numRuns: 1_000, seed: 12 });
    expect(Math.min(removals, retained)).toBeGreaterThan(500);
  }, 60_000);

  it("lose a dead broker at the latest with the first answer after the grace, once all that answer have dropped it", () => {
    const lives = fc.property(fc.array(event, { maxLength: 60 }), someNameservers, (events, asked) => {
      const world = new World();
      for (const each of [...events, { kind: "die", broker: "b1", lagging: [] } as const]) world.happen(each);
      world.happen({ kind: "thaw", nameserver: "n1" });
      for (const afterMs of [1_000, GRACE_MS]) world.happen({ kind: "poll", afterMs, asked: [...asked, "n1"] });
      expect(world.belief.has("b1")).toBe(false);
    });
    fc.assert(lives, { numRuns: 1_000, seed: 13 });
  }, 60_000);

  it("never lose a live broker over restarts that a poll sees, if it registers again within the grace", () => {
    // One after another restarts, is polled while it is empty, and learns of one broker per poll, in an order of its own; others fail meanwhile.
    const restart = fc.record({
      name: nameserver,
      order: fc.shuffledSubarray(BROKERS, { minLength: BROKERS.length }),
      failing: fc.array(someNameservers, { minLength: 4, maxLength: 4 }),
    });
    const lives = fc.property(fc.array(restart, { minLength: 1, maxLength: 8 }), (restarts) => {
      const world = new World();
      world.happen({ kind: "poll", afterMs: 1_000, asked: NAMESERVERS });
      for (const { name, order, failing } of restarts) {
        world.happen({ kind: "restart", nameserver: name });
        for (const [step, some] of failing.entries()) {
          world.happen({ kind: "poll", afterMs: 5_000, asked: [...NAMESERVERS.filter((each) => !some.includes(each)), name] });
          const learnt = order[step];
          if (learnt !== undefined) world.happen({ kind: "register", nameserver: name, broker: learnt });
          expect([...world.belief.keys()].sort()).toEqual(BROKERS);
        }
      }
    });
    fc.assert(lives, { numRuns: 1_000, seed: 14 });
  }, 60_000);
});
