import { describe, expect, it } from "vitest";
import type { DiagnosticsMessages } from "../src/index.js";
import { Standings } from "../src/standings.js";
import { ManualClock } from "./support/manual-clock.js";
import { answer, ids, member } from "./support/scripted-source.js";
import { messagesOf } from "./support/who-serves.js";

const [a, b, c] = [member("a"), member("b"), member("c")];
const LISTED = Object.freeze([a, b, c]);

function begun() {
  const clock = new ManualClock();
  return { clock, standings: new Standings("test", clock) };
}

describe("Standings", () => {
  it("everybody is used at first", () => {
    const { standings } = begun();
    expect([standings.count, standings.list, standings.reasonOf("a")]).toEqual([0, [], undefined]);
    expect(Object.isFrozen(standings.list)).toBe(true);
  });

  it("knows who is aside, why, since when and with which error, sorted by id and frozen", async () => {
    const { clock, standings } = begun();
    const since = clock.wallNow();
    const error = new Error("no");
    standings.setAside(c, "refused", error);
    standings.setAside(a, "newcomer");
    await clock.advance(10);
    standings.setAside(b, "silent");
    expect(standings.list).toEqual([
      { id: "a", reason: "newcomer", since, error: undefined },
      { id: "b", reason: "silent", since: since + 10, error: undefined },
      { id: "c", reason: "refused", since, error },
    ]);
    expect(standings.list[2]?.error).toBe(error);
    expect([standings.list, ...standings.list].every(Object.isFrozen)).toBe(true);
    expect([standings.count, standings.reasonOf("c"), standings.reasonOf("d")]).toEqual([3, "refused", undefined]);
  });

  it("another reason replaces the one before; since when stays", async () => {
    const { clock, standings } = begun();
    const since = clock.wallNow();
    standings.setAside(a, "newcomer");
    await clock.advance(1_000);
    standings.setAside(a, "silent", "late");
    expect(standings.list).toEqual([{ id: "a", reason: "silent", since, error: "late" }]);
    expect(standings.count).toBe(1);
  });

  it("begins a new time aside after a member was used in between", async () => {
    const { clock, standings } = begun();
    standings.setAside(a, "silent");
    standings.bringBack("a");
    await clock.advance(1_000);
    standings.setAside(a, "silent");
    expect(standings.list[0]?.since).toBe(clock.wallNow());
  });

  it("the list is the same object while nothing changes, and a new one when somebody goes or comes back", () => {
    const { standings } = begun();
    standings.setAside(a, "silent");
    const first = standings.list;
    expect([standings.bringBack("b"), standings.list === first]).toEqual([false, true]);
    standings.setAside(b, "silent");
    const second = standings.list;
    expect([second === first, second.length, standings.list === second]).toEqual([false, 2, true]);
    expect([standings.bringBack("a"), standings.list.map(({ id }) => id), standings.reasonOf("a")]).toEqual([true, ["b"], undefined]);
    standings.bringBack("b");
    expect([standings.list, standings.count]).toEqual([[], 0]);
  });

  it("tells rollcall:aside when a member goes aside, not when its reason changes", () => {
    const told = messagesOf<DiagnosticsMessages["rollcall:aside"]>("rollcall:aside");
    const { standings } = begun();
    standings.setAside(a, "refused", "no", "call failed");
    standings.setAside(a, "silent", "late", "again");
    standings.bringBack("a");
    standings.setAside(a, "reported");
    expect(told).toEqual([
      { source: "test", endpoint: a, reason: "refused", error: "no", cause: "call failed" },
      { source: "test", endpoint: a, reason: "reported", error: undefined, cause: undefined },
    ]);
    expect(told[0]?.endpoint).toBe(a);
  });
});

describe("split", () => {
  it("with nobody aside is the list itself", () => {
    const { standings } = begun();
    const { endpoints, aside } = standings.split(LISTED);
    expect([endpoints === LISTED, aside, Object.isFrozen(aside)]).toEqual([true, [], true]);
  });

  it("parts who is used from who is aside, in the order of the list, both frozen", () => {
    const { standings } = begun();
    standings.setAside(c, "silent");
    standings.setAside(a, "silent");
    const { endpoints, aside } = standings.split(LISTED);
    expect([ids(endpoints), ids(aside), endpoints[0] === b, Object.isFrozen(endpoints), Object.isFrozen(aside)]).toEqual([
      "b",
      "a c",
      true,
      true,
      true,
    ]);
  });

  it("is the same two arrays while it says the same, whatever the reasons", () => {
    const { standings } = begun();
    standings.setAside(c, "newcomer");
    const before = standings.split(LISTED);
    standings.setAside(c, "silent");
    const after = standings.split([...LISTED]);
    expect([after.endpoints === before.endpoints, after.aside === before.aside]).toEqual([true, true]);
  });

  it("makes anew only the array that differs: by a member, by its identity, by its length", () => {
    const { standings } = begun();
    standings.setAside(c, "silent");
    const before = standings.split(LISTED);
    const moved = standings.split([a, member("b@moved"), c]);
    expect([moved.endpoints === before.endpoints, moved.aside === before.aside, moved.endpoints[1]?.host]).toEqual([false, true, "moved"]);
    const fewer = standings.split([a, c]);
    expect([ids(fewer.endpoints), fewer.aside === before.aside]).toEqual(["a", true]);
    const more = standings.split([a, b, c]);
    expect([ids(more.endpoints), more.aside === before.aside]).toEqual(["a b", true]);
    const elsewhere = standings.split([a, b, member("c@moved")]);
    expect([elsewhere.endpoints === more.endpoints, elsewhere.aside[0]?.host]).toEqual([true, "moved"]);
  });

  it("is the list itself again once everybody is back", () => {
    const { standings } = begun();
    const listed = answer("a", "b").endpoints;
    standings.setAside(a, "silent");
    standings.split(listed);
    standings.bringBack("a");
    const { endpoints, aside } = standings.split(listed);
    expect([endpoints === listed, aside]).toEqual([true, []]);
    standings.setAside(b, "silent");
    expect(ids(standings.split(listed).endpoints)).toBe("a");
  });
});
