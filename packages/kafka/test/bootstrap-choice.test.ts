import type { Snapshot } from "@rollcall/core";
import { ManualClock } from "@rollcall/testkit";
import { describe, expect, it } from "vitest";
import { bootstrapOrder, bootstrapTiers } from "../src/bootstrap-choice.js";
import { broker, tally } from "./support/bootstrap-scene.js";

function snapshot(endpoints: Snapshot["endpoints"], aside: Snapshot["aside"] = []): Snapshot {
  return { version: 1, endpoints, aside, metadata: undefined, changedAt: 0 };
}

/** Choices one after the other, each remembered. */
function choices(count: number, options: Omit<Parameters<typeof bootstrapOrder>[0], "recent" | "random">): string[] {
  const clock = new ManualClock();
  let recent: readonly string[] = [];
  return Array.from({ length: count }, () => {
    const choice = bootstrapOrder({ ...options, recent, random: () => clock.random() })[0] ?? "nobody";
    recent = [...recent.filter((text) => text !== choice), choice];
    return choice;
  });
}

const text = (id: number): string => `kafka-${id}.test:9092`;
const never = (): number => {
  throw new Error("nothing is left to chance here");
};

describe("the tiers of a snapshot", () => {
  it("are the brokers in use of the rack, the others in use, and those set aside", () => {
    const tiers = bootstrapTiers(snapshot([broker(1, "az1"), broker(2, "az2"), broker(3)], [broker(4, "az1")]), "az1");
    expect(tiers).toEqual([[text(1)], [text(2), text(3)], [text(4)]]);
  });

  it("have everybody in use first when there is no rack", () => {
    expect(bootstrapTiers(snapshot([broker(1, "az1"), broker(2)]), undefined)).toEqual([[text(1), text(2)], [], []]);
  });

  it("skip IPv6 literals, and name an address that several brokers share once, where it is best", () => {
    const literal = { id: "6", host: "2001:db8::6", port: 9092 };
    const shared = { ...broker(1), id: "9" };
    expect(bootstrapTiers(snapshot([literal, broker(1)], [shared]), undefined)).toEqual([[text(1)], [], []]);
  });

  it("are empty without a snapshot", () => {
    expect(bootstrapTiers(undefined, "az1").flat()).toEqual([]);
  });
});

describe("the choice", () => {
  it("stays in the first tier that has anybody", () => {
    const seeds = ["seed:9092"];
    expect(new Set(choices(9, { tiers: [["a:1", "b:1"], ["c:1"], ["d:1"]], seeds, lost: false }))).toEqual(new Set(["a:1", "b:1"]));
    expect(new Set(choices(9, { tiers: [[], ["c:1"], ["d:1"]], seeds, lost: false }))).toEqual(new Set(["c:1"]));
    expect(new Set(choices(9, { tiers: [[], [], ["d:1"]], seeds, lost: false }))).toEqual(new Set(["d:1"]));
    expect(new Set(choices(9, { tiers: [[], [], []], seeds, lost: false }))).toEqual(new Set(["seed:9092"]));
  });

  it("falls on whoever was handed out least recently", () => {
    const choose = (recent: string[]): unknown =>
      bootstrapOrder({ tiers: [["a:1", "b:1", "c:1"]], seeds: [], lost: false, recent, random: recent.length < 3 ? () => 0 : never })[0];
    expect(choose(["b:1", "c:1", "a:1"])).toBe("b:1");
    expect(choose(["c:1", "a:1"])).toBe("b:1");
  });

  it("is random among those that were never handed out", () => {
    const choose = (random: number): unknown =>
      bootstrapOrder({ tiers: [["a:1", "b:1"]], seeds: [], lost: false, recent: [], random: () => random })[0];
    expect([choose(0), choose(0.49), choose(0.5), choose(0.999)]).toEqual(["a:1", "a:1", "b:1", "b:1"]);
  });

  it("gives every address its turn while the poller is lost: known ones and seeds in alternation, the best tier first", () => {
    const tiers = [["a:1"], ["b:1"], ["c:1"]];
    const six = choices(6, { tiers, seeds: ["s:1", "t:1"], lost: true });
    expect(six.filter((_, at) => at % 2 === 0)).toEqual(["a:1", "b:1", "c:1"]);
    expect(new Set(six.filter((_, at) => at % 2 === 1))).toEqual(new Set(["s:1", "t:1"]));
    const many = tally(choices(120, { tiers, seeds: ["s:1", "t:1"], lost: true }));
    expect(many).toEqual({ "a:1": 20, "b:1": 20, "c:1": 20, "s:1": 30, "t:1": 30 });
  });

  it("counts a seed that is a known broker as known", () => {
    expect(tally(choices(40, { tiers: [["a:1", "b:1"]], seeds: ["a:1", "s:1"], lost: true }))).toEqual({ "a:1": 10, "b:1": 10, "s:1": 20 });
    expect(tally(choices(30, { tiers: [["a:1", "b:1"]], seeds: ["b:1"], lost: true }))).toEqual({ "a:1": 15, "b:1": 15 });
  });

  it("takes turns when only seeds, or only brokers, are known to a lost poller", () => {
    expect(tally(choices(20, { tiers: [[], [], []], seeds: ["s:1", "t:1"], lost: true }))).toEqual({ "s:1": 10, "t:1": 10 });
    expect(tally(choices(20, { tiers: [["a:1"], [], ["b:1"]], seeds: [], lost: true }))).toEqual({ "a:1": 10, "b:1": 10 });
  });

  it("goes on with everybody else, each once: tier after tier, then the seeds, or in turns while the poller is lost", () => {
    const row = { tiers: [["a:1", "b:1"], ["c:1"]], seeds: ["s:1", "c:1", "t:1"], recent: ["t:1", "a:1"], random: () => 0 };
    expect(bootstrapOrder({ ...row, lost: false })).toEqual(["b:1", "a:1", "c:1", "s:1", "t:1"]);
    expect(bootstrapOrder({ ...row, lost: true })).toEqual(["s:1", "b:1", "t:1", "c:1", "a:1"]);
    expect(bootstrapOrder({ ...row, lost: true, recent: ["s:1"] })).toEqual(["a:1", "t:1", "b:1", "s:1", "c:1"]);
  });

  it("is nobody when nobody is known", () => {
    expect(choices(2, { tiers: [[], [], []], seeds: [], lost: false })).toEqual(["nobody", "nobody"]);
    expect(choices(2, { tiers: [[], [], []], seeds: [], lost: true })).toEqual(["nobody", "nobody"]);
  });
});
