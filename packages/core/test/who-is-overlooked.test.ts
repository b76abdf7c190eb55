import { describe, expect, it } from "vitest";
import { ProbedMember } from "../src/probed-member.js";
import { Timer } from "../src/timer.js";
import { chooseWitnesses } from "../src/witnesses.js";
import { HearingRoom } from "./support/hearing-room.js";
import { ManualClock } from "./support/manual-clock.js";
import { begun } from "./support/probing-stage.js";
import { answer, ids, member } from "./support/scripted-source.js";

/** So many ids: `m0 m1 m2`. */
function many(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => `m${at}`);
}

describe("drop", () => {
  it("gives a place that becomes free to whoever waits for one", async () => {
    const room = new HearingRoom();
    await room.ask(...many(14));
    for (const id of many(12)) room.hearings.drop([room.member(id)]);
    await room.ask();
    expect(room.asking).toBe("m12 m13");
  });
});

describe("newcomers", () => {
  it("that come together: the witness is somebody in use, not one of them", async () => {
    const stage = begun("a b");
    stage.list("a b m n o p");
    await stage.clock.advance(0);
    expect(stage.asked.filter((id) => id === "a" || id === "b").length).toBe(1);
  });
});

describe("a witness", () => {
  it("is nobody who is aside, though they answered last, as long as somebody in use is free", () => {
    const listed = answer("a", "b", "c").endpoints;
    const [a] = listed;
    const used = ({ id }: { readonly id: string }): boolean => id !== "a";
    const chosen = (count: number) =>
      ids(chooseWitnesses(count, { likely: a === undefined ? [] : [a], listed, from: 0, free: () => true, used }));
    expect([chosen(1), chosen(3)]).toEqual(["b", "b c a"]);
  });

  it("more is asked for one answer, however many are silent for too long in that turn", async () => {
    const room = new HearingRoom();
    await room.ask("a", "b", "c", "d");
    await room.answer("d");
    room.bystanders = ["w", "x", "y"];
    await room.clock.advance(100);
    expect(room.asked.slice(4)).toEqual(["w"]);
    await room.answer("w");
    expect(room.outcomes.slice(2)).toEqual(["a silent", "b silent", "c silent"]);
  });
});

describe("patience", () => {
  it("is not granted anew with each further answer", async () => {
    const room = new HearingRoom();
    await room.ask("a", "b", "c", "d");
    await room.clock.advance(120);
    await room.answer("b");
    await room.clock.advance(90);
    await room.answer("c");
    await room.clock.advance(10);
    expect(room.outcomes).toContain("a silent");
  });
});

describe("a doubt", () => {
  it("does not wait for those who were asked before: their answers prove nothing", async () => {
    const room = new HearingRoom();
    await room.ask("b");
    await room.clock.advance(0.6);
    room.bystanders = ["w", "x"];
    await room.ask("a");
    await room.refuse("a", "w");
    expect(room.asked).toEqual(["b", "a", "w", "x", "a", "w"]);
  });
});

describe("pauses", () => {
  it("begin anew with recheckMs when somebody else answers after an outage", () => {
    const outage = new ProbedMember(member("a"), new Timer(new ManualClock(), () => undefined));
    for (let times = 0; times < 20; times += 1) outage.pauseMs(1_000, false, 0.5);
    expect([1, 2, 3].map(() => outage.pauseMs(1_000, true, 0.5))).toEqual([1_000, 2_000, 4_000]);
    expect(outage.pauseMs(1_000, false, 0.5)).toBe(1_000);
  });

  it("and patience begin anew at a new address", async () => {
    const stage = begun("a b c");
    stage.refuse("c");
    stage.suspect("c.test");
    await stage.clock.advance(30_000);
    stage.list("a b c@moved");
    await stage.clock.advance(1_000);
    expect(stage.timesOf("c@moved")).toBe(2);
  });
});
