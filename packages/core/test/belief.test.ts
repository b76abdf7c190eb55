import { describe, expect, it } from "vitest";
import { Belief } from "../src/belief.js";
import { DiscoveryError, type Endpoint, type MetadataSource, type PollerOptions } from "../src/index.js";
import { WhoServes } from "../src/who-serves.js";
import { type Answer, answer, ids } from "./support/scripted-source.js";
import { steady } from "./support/steady-clock.js";

const wanted = (): void => undefined;

/** A belief that has taken one answer, or none; what its guard and its source were asked; and what every answer led to. */
function believing(first: Answer | undefined, options: PollerOptions = {}, source: Partial<MetadataSource<Answer>> = {}) {
  const asked: string[] = [];
  const { guard: decide = () => false, ...others } = options;
  const guard = (next: readonly Endpoint[], current: readonly Endpoint[], streak: number): boolean => {
    asked.push(`[${ids(next)}] after [${ids(current)}], ${streak}`);
    return decide(next, current, streak);
  };
  const resolved = steady({ ...others, guard });
  const whole = { key: "test", fetch: () => Promise.reject(), endpoints: ({ endpoints }: Answer) => endpoints, ...source };
  const whoServes = new WhoServes({ source: whole, options: resolved, changed: () => undefined, wantPoll: () => undefined });
  const belief = new Belief<Answer>(whole, resolved, whoServes);
  /** What an answer leads to: a kind, and the code of the error if there is one. */
  const take = (given: Answer, checkWanted = wanted): string => {
    try {
      const outcome = belief.take(given, checkWanted);
      return "error" in outcome ? `${outcome.kind} ${outcome.error.code}` : outcome.kind;
    } catch (error) {
      return (error as DiscoveryError).code;
    }
  };
  if (first !== undefined) expect(take(first)).toBe("changed");
  return { belief, take, asked, clock: resolved.clock };
}

describe("Belief", () => {
  it("makes version 1 of the first answer, frozen and dated", async () => {
    const { belief, take, clock, asked } = believing(undefined);
    await clock.advance(5);
    const first = answer("b", "a");
    expect([belief.snapshot, belief.previous, belief.held]).toEqual([undefined, undefined, 0]);
    expect(take(first)).toBe("changed");
    expect(belief.snapshot).toEqual({
      version: 1,
      endpoints: answer("a", "b").endpoints,
      aside: [],
      metadata: first,
      changedAt: 1_700_000_000_005,
    });
    expect([Object.isFrozen(belief.snapshot), belief.snapshot?.metadata === first, belief.previous === first, asked]).toEqual([
      true,
      true,
      true,
      [],
    ]);
  });

  it("an answer that says the same leaves the same snapshot, but is the previous answer from now on", () => {
    const { belief, take, asked } = believing(answer("a", "b"));
    const { snapshot } = belief;
    const second = answer("b", "a");
    expect([take(second), belief.snapshot === snapshot, belief.previous === second, asked]).toEqual(["unchanged", true, true, []]);
  });

  it("additions and moves are believed without asking the guard", () => {
    const { belief, take, asked } = believing(answer("a", "b"));
    expect([take(answer("a", "b", "c")), take(answer("a@moved", "b", "c"))]).toEqual(["changed", "changed"]);
    expect([belief.snapshot?.version, belief.snapshot?.endpoints[0]?.host, asked]).toEqual([3, "moved", []]);
  });

  it("removals are believed when the guard says so", () => {
    const { belief, take, asked } = believing(answer("a", "b"), { guard: () => true });
    expect([take(answer("b", "c")), ids(belief.snapshot?.endpoints), belief.held]).toEqual(["changed", "b c", 0]);
    expect(asked).toEqual(["[b c] after [a b], 1"]);
  });

  describe("where only metadata differs", () => {
    const first = { ...answer("a"), epoch: 1 };
    const second = { ...answer("a"), epoch: 2 };

    it("makes a version with the same endpoints when the source says that the answers differ", () => {
      const compared: unknown[] = [];
      const sameMetadata = (before: Answer, after: Answer): boolean => {
        compared.push(before, after);
        return before.epoch === after.epoch;
      };
      const { belief, take } = believing(first, {}, { sameMetadata });
      const endpoints = belief.snapshot?.endpoints;
      expect([take(second), belief.snapshot?.version, belief.snapshot?.metadata === second]).toEqual(["changed", 2, true]);
      expect(belief.snapshot?.endpoints).toBe(endpoints);
      expect(compared).toEqual([first, second]);
      expect(take({ ...second })).toBe("unchanged");
    });

    it.each([
      ["compares no metadata", {}],
      ["says that they are the same", { sameMetadata: () => true }],
    ])("keeps the version when the source %s", (_what, source) => {
      const { belief, take } = believing(first, {}, source);
      expect([take(second), belief.snapshot?.metadata === first, belief.previous === second]).toEqual(["unchanged", true, true]);
    });
  });

  describe("while the guard holds removals", () => {
    it("keeps what is listed, and asks with a growing streak until the guard gives in", () => {
      const { belief, take, asked } = believing(answer("a", "b", "c"), { guard: (_next, _current, streak) => streak === 3 });
      const { snapshot } = belief;
      expect([take(answer("a")), belief.held, take(answer("a")), belief.held]).toEqual(["held HELD", 1, "held HELD", 2]);
      expect(belief.snapshot).toBe(snapshot);
      expect([take(answer("a")), belief.held, ids(belief.snapshot?.endpoints), belief.snapshot?.version]).toEqual(["changed", 0, "a", 2]);
      expect(asked).toEqual(["[a] after [a b c], 1", "[a] after [a b c], 2", "[a] after [a b c], 3"]);
    });

    it("says how many are listed, how many are known and how often that was said", () => {
      const { belief, take } = believing(answer("a", "b", "c"));
      take(answer("a"));
      expect(belief.take(answer("a", "d"), wanted)).toMatchObject({
        error: {
          message: "[test] [HELD] the answer lists 2 endpoints where 3 are known: removals are held until it is repeated (2 so far)",
        },
      });
    });

    it("publishes what is added or moved at once, with the metadata of the last full answer, however lately that came", () => {
      const { belief, take } = believing({ ...answer("a", "b"), epoch: 1 });
      const full = { ...answer("a", "b"), epoch: 2 };
      expect(take(full)).toBe("unchanged");
      expect(take({ ...answer("a@moved", "c"), epoch: 3 })).toBe("held HELD");
      expect([ids(belief.snapshot?.endpoints), belief.snapshot?.endpoints[0]?.host, belief.snapshot?.version]).toEqual([
        "a b c",
        "moved",
        2,
      ]);
      expect([belief.snapshot?.metadata, belief.previous]).toEqual([full, full]);
    });

    it("any answer that removes nobody ends it, and the streak begins anew", () => {
      const { belief, take, asked } = believing(answer("a", "b", "c"));
      take(answer("a"));
      expect([take(answer("a", "b", "c")), belief.held]).toEqual(["unchanged", 0]);
      take(answer("b"));
      expect(asked.at(-1)).toBe("[b] after [a b c], 1");
    });

    it("empty answers are counted apart from those that list too few", () => {
      const { take, asked } = believing(answer("a", "b", "c"));
      for (const given of [answer(), answer(), answer("a"), answer("a"), answer()]) take(given);
      expect(asked.map((line) => line.at(-1))).toEqual(["1", "2", "1", "2", "1"]);
    });
  });

  describe("an empty answer", () => {
    it.each([
      ["at first", undefined, 0],
      ["later", answer("a", "b"), 2],
    ])("fails, %s, and changes nothing but the streak", (_when, first, known) => {
      const { belief, take } = believing(first);
      const { snapshot, previous } = belief;
      expect([take(answer()), belief.held, belief.snapshot === snapshot, belief.previous === previous]).toEqual([
        "EMPTY_METADATA",
        1,
        true,
        true,
      ]);
      expect(() => belief.take(answer(), wanted)).toThrow(
        `[test] [EMPTY_METADATA] the answer lists nobody usable; ${known} known endpoints stay in use`,
      );
    });

    it.each([
      ["at first", undefined, 1],
      ["later", answer("a", "b"), 2],
    ])("is published, %s, when the guard allows it, and needs no leave to stay", (_when, first, version) => {
      const { belief, take, asked } = believing(first, { guard: () => true });
      expect([take(answer()), take(answer()), belief.snapshot?.version, belief.snapshot?.endpoints]).toEqual([
        "changed",
        "unchanged",
        version,
        [],
      ]);
      expect(asked).toHaveLength(1);
    });
  });

  describe("what cannot be believed", () => {
    const boom = new Error("boom");
    const fail = (): never => {
      throw boom;
    };

    it.each<readonly [string, PollerOptions, Partial<MetadataSource<Answer>>]>([
      ["reading the answer", {}, { endpoints: ({ epoch, endpoints }) => (epoch === 2 ? fail() : endpoints) }],
      ["comparing its metadata", { guard: () => true }, { sameMetadata: fail, endpoints: () => answer("a").endpoints }],
    ])("%s throws: MALFORMED_RESPONSE with the error as its cause, and nothing changes", (_what, options, source) => {
      const { belief } = believing(answer("a", "b"), options, source);
      const { snapshot, previous } = belief;
      expect(() => belief.take({ ...answer("a"), epoch: 2 }, wanted)).toThrow(
        expect.objectContaining({ code: "MALFORMED_RESPONSE", source: "test", cause: boom }),
      );
      expect([belief.held, belief.snapshot === snapshot, belief.previous === previous]).toEqual([0, true, true]);
    });

    it.each([
      ["a promise", async () => true],
      ["nothing", () => undefined],
      ["a number", () => 1],
      ["an exception", fail],
    ])("the guard answers with %s: INVALID_OPTIONS, and nothing changes", (_what, guard) => {
      const { belief } = believing(answer("a", "b"), { guard: guard as never });
      const { snapshot, previous } = belief;
      expect(() => belief.take(answer("a"), wanted)).toThrow("[test] [INVALID_OPTIONS] guard must return true or false");
      expect([belief.held, belief.snapshot === snapshot, belief.previous === previous]).toEqual([0, true, true]);
    });

    it("an answer that nobody wants any more once source and guard have had their say", () => {
      const order: string[] = [];
      const enough = new DiscoveryError("ABORTED", "enough", { source: "test" });
      const guard = (): boolean => order.push("guard") > 0;
      const endpoints = (given: Answer): readonly Endpoint[] => (order.push("endpoints") > 0 ? given.endpoints : []);
      const { belief, take } = believing(answer("a", "b"), { guard }, { endpoints });
      const { snapshot, previous } = belief;
      const unwanted = (): void => {
        order.push("wanted?");
        throw enough;
      };
      expect(take(answer("a"), unwanted)).toBe("ABORTED");
      expect(order.slice(1)).toEqual(["endpoints", "guard", "wanted?"]);
      expect([belief.held, belief.snapshot === snapshot, belief.previous === previous]).toEqual([0, true, true]);
    });
  });
});
