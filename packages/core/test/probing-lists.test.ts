import { describe, expect, it } from "vitest";
import { isSilent } from "./support/probing-source.js";
import { begun, type ProbingStage } from "./support/probing-stage.js";

/** `c` does not serve, and is aside. */
async function oneAside(): Promise<ProbingStage> {
  const stage = begun("a b c");
  stage.refuse("c");
  stage.suspect("c.test");
  await stage.clock.advance(0);
  return stage;
}

describe("a newcomer", () => {
  it("waits aside until it answers, which is told and causes no poll", async () => {
    const stage = begun("a b");
    stage.list("a b c");
    expect([stage.aside, stage.told.changed]).toEqual(["c newcomer", 0]);
    await stage.clock.advance(0);
    expect([stage.aside, stage.timesOf("c"), stage.told]).toEqual(["", 1, { changed: 1, wantPoll: 0 }]);
  });

  it("that does not serve stays aside, for that reason, and causes no poll", async () => {
    const stage = begun("a b");
    stage.refuse("c");
    stage.list("a b c");
    await stage.clock.advance(0);
    expect([stage.aside, stage.told]).toEqual(["c refused", { changed: 0, wantPoll: 0 }]);
    await stage.clock.advance(1_000);
    expect(stage.timesOf("c")).toBe(2);
  });

  it("is used at once when the caller says so", async () => {
    const stage = begun("a b");
    stage.list("c d", true);
    await stage.clock.advance(60_000);
    expect([stage.aside, stage.asked]).toEqual(["", []]);
  });
});

describe("a member that moved", () => {
  it("keeps its standing, and is asked at its new address; the question at the old one is called off", async () => {
    const stage = begun("a b c");
    stage.serves.set("c", isSilent);
    stage.suspect("c.test");
    await stage.clock.advance(0);
    const before = stage.signals.get("c");
    stage.list("a b c@moved");
    await stage.clock.advance(0);
    expect([before?.aborted, stage.asked.filter((id) => id.startsWith("c")), stage.aside]).toEqual([true, ["c", "c@moved"], ""]);
  });

  it("is asked at its new address from then on", async () => {
    const stage = await oneAside();
    stage.list("a b c@moved");
    expect(stage.aside).toBe("c refused");
    await stage.clock.advance(0);
    expect(stage.timesOf("c@moved")).toBe(1);
    await stage.clock.advance(30_000);
    expect([stage.timesOf("c"), stage.timesOf("c@moved") > 2, stage.aside]).toEqual([1, true, "c refused"]);
    stage.serves.delete("c");
    await stage.clock.advance(9_000);
    expect(stage.aside).toBe("");
  });

  it("and was never asked before is asked as well", async () => {
    const stage = begun("a b");
    stage.list("a b@moved");
    await stage.clock.advance(0);
    expect([stage.asked.includes("b@moved"), stage.aside]).toEqual([true, ""]);
  });
});

describe("a member that is listed no more", () => {
  it("is asked no more, its question is called off, and it is not aside either", async () => {
    const stage = await oneAside();
    stage.serves.set("c", isSilent);
    await stage.clock.advance(1_000);
    stage.list("a b");
    expect([stage.signals.get("c")?.aborted, stage.clock.pending, stage.standings.reasonOf("c")]).toEqual([true, 0, undefined]);
    const { length } = stage.asked;
    await stage.clock.advance(60_000);
    expect(stage.asked.length).toBe(length);
  });

  it("and comes back is a newcomer of whom nothing is known: its pauses begin anew", async () => {
    const stage = await oneAside();
    await stage.clock.advance(20_000);
    stage.list("a b");
    stage.list("a b c");
    await stage.clock.advance(0);
    const times = stage.timesOf("c");
    expect(stage.aside).toBe("c refused");
    await stage.clock.advance(1_000);
    expect(stage.timesOf("c")).toBe(times + 1);
  });

  it("may never have been asked", async () => {
    const stage = begun("a b c");
    stage.list("a b");
    stage.suspect("c.test");
    await stage.clock.advance(1_000);
    expect(stage.asked).toEqual([]);
  });
});

describe("a member that the cluster reports as down", () => {
  it("is not asked: neither on suspicion, nor after a move, nor when probing begins", async () => {
    const stage = await oneAside();
    stage.standings.setAside({ id: "c", host: "c.test", port: 2379 }, "reported");
    stage.probing.drop("c");
    stage.suspect("c.test");
    stage.list("a b c@moved");
    stage.probing.stop();
    stage.probing.start();
    await stage.clock.advance(60_000);
    expect([stage.timesOf("c"), stage.timesOf("c@moved"), stage.aside]).toEqual([1, 0, "c reported"]);
  });

  it("while it is being asked: the question is called off", async () => {
    const stage = begun("a b c");
    stage.serves.set("c", isSilent);
    stage.suspect("c.test");
    await stage.clock.advance(0);
    stage.standings.setAside({ id: "c", host: "c.test", port: 2379 }, "reported");
    stage.probing.drop("c");
    await stage.clock.advance(60_000);
    expect([stage.signals.get("c")?.aborted, stage.timesOf("c"), stage.clock.pending]).toEqual([true, 1, 0]);
  });

  it("may never have been asked", () => {
    const stage = begun("a b c");
    expect(() => stage.probing.drop("c")).not.toThrow();
  });
});

describe("witnesses", () => {
  it("are not those who are being asked or in doubt", async () => {
    const stage = begun("a b c d e"); // c is in the middle
    stage.refuse("c");
    for (const id of ["a", "d", "e"]) stage.serves.set(id, isSilent);
    stage.suspect("c.test");
    await stage.clock.advance(1);
    stage.suspect("a.test");
    await stage.clock.advance(0);
    expect(stage.asked).toEqual(["c", "d", "a", "e"]);
  });

  it("are whoever answered last, unless reported as down", async () => {
    const stage = begun("a b c d e");
    stage.suspect("d.test"); // with c, which is in the middle
    await stage.clock.advance(2_000);
    expect(stage.asked).toEqual(["d", "c"]);
    stage.suspect("a.test");
    await stage.clock.advance(0);
    expect(stage.asked.slice(2)).toEqual(["a", "c"]);
    await stage.clock.advance(2_000);
    stage.standings.setAside({ id: "c", host: "c.test", port: 2379 }, "reported");
    stage.suspect("b.test");
    await stage.clock.advance(0);
    expect(stage.asked.slice(4)).toEqual(["b", "a"]);
  });

  it("are members in use rather than those aside", async () => {
    const stage = begun("a b c d");
    stage.standings.setAside({ id: "c", host: "c.test", port: 2379 }, "silent");
    stage.suspect("a.test");
    await stage.clock.advance(0);
    expect(stage.asked).toEqual(["a", "d"]);
  });

  it("are others than those who were heard already, when nobody answered", async () => {
    const stage = begun("a b c d e");
    stage.refuse("a", "b", "c", "d", "e");
    stage.suspect("a.test");
    await stage.clock.advance(0);
    expect(stage.asked).toEqual(["a", "c", "d", "e", "b", "a", "c"]);
  });

  it("begin anywhere in the list", async () => {
    const seen: string[] = [];
    for (const random of [0, 0.3, 0.999]) {
      const stage = begun("a b c d");
      stage.clock.random = () => random;
      stage.suspect("b.test");
      await stage.clock.advance(0);
      seen.push(...stage.asked.slice(1));
    }
    expect(seen).toEqual(["a", "c", "d"]);
  });
});

describe("probing that ends", () => {
  it("asks nobody any more, calls off every question, and leaves no timer", async () => {
    const stage = await oneAside();
    stage.serves.set("a", isSilent);
    stage.suspect("a.test");
    await stage.clock.advance(0);
    stage.probing.stop();
    expect([stage.signals.get("a")?.aborted, stage.clock.pending]).toEqual([true, 0]);
    const { length } = stage.asked;
    stage.suspect("b.test");
    stage.list("a b@moved c x");
    await stage.clock.advance(60_000);
    expect(stage.asked.length).toBe(length);
  });

  it("and begins again first asks who is aside", async () => {
    const stage = await oneAside();
    stage.probing.stop();
    stage.serves.delete("c");
    stage.probing.start();
    await stage.clock.advance(0);
    expect([stage.timesOf("c"), stage.aside, stage.asked.includes("b")]).toEqual([2, "", true]);
  });

  it("lets a newcomer be used that has not answered yet, which is told; others who are aside stay so", async () => {
    const stage = await oneAside();
    stage.serves.set("d", isSilent);
    stage.list("a b c d");
    await stage.clock.advance(0);
    const { changed } = stage.told;
    stage.probing.stop();
    expect([stage.aside, stage.told.changed, stage.clock.pending]).toEqual(["c refused", changed + 1, 0]);
  });

  it("forgets that nobody answered: a newcomer waits aside again", async () => {
    const stage = begun("a b");
    stage.refuse("a", "b");
    stage.suspect("a.test");
    await stage.clock.advance(0);
    stage.probing.stop();
    stage.probing.start();
    stage.list("a b c");
    expect(stage.aside).toBe("c newcomer");
  });
});
