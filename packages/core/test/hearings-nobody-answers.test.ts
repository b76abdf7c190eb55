import { describe, expect, it } from "vitest";
import { HearingRoom } from "./support/hearing-room.js";

/** A room in which `a` and its witness `w` have refused, and are heard once more, together with `x y z`. */
async function heardAgain(): Promise<HearingRoom> {
  const room = new HearingRoom();
  room.bystanders = ["w", "x", "y", "z", "v"];
  await room.ask("a");
  await room.refuse("a", "w");
  return room;
}

/** The same, and nobody answered then either. */
async function outage(): Promise<HearingRoom> {
  const room = await heardAgain();
  await room.refuse("a", "w", "x", "y", "z");
  return room;
}

const ALL_UNPROVEN = ["a unproven"];

describe("when nobody answered", () => {
  it("everyone who was asked is asked once more, together with three others, at once", async () => {
    const room = await heardAgain();
    expect([room.asked, room.outcomes]).toEqual([["a", "w", "x", "y", "z", "a", "w"], []]);
    expect(room.wanted).toEqual([
      [1, ""],
      [3, "a w"],
    ]);
  });

  it("silence counts like a refusal", async () => {
    const room = new HearingRoom();
    room.bystanders = ["w", "x", "y", "z"];
    await room.ask("a");
    await room.clock.advance(499);
    expect(room.asked).toEqual(["a", "w"]);
    await room.clock.advance(1);
    expect(room.asked.slice(2).sort()).toEqual(["a", "w", "x", "y", "z"]);
    await room.clock.advance(500);
    expect([room.outcomes.sort(), room.asking, room.clock.pending]).toEqual([ALL_UNPROVEN, "", 0]);
  });

  it("not before everyone who was asked in that turn has had their say", async () => {
    const room = new HearingRoom();
    await room.ask("a", "b", "c");
    await room.refuse("a", "b");
    expect(room.asked).toEqual(["a", "b", "c"]);
    await room.refuse("c");
    expect(room.asked.slice(3).sort()).toEqual(["a", "b", "c"]);
  });

  it("those who were asked later are not waited for", async () => {
    const room = new HearingRoom();
    await room.ask("a");
    await room.clock.advance(0.6);
    await room.ask("b");
    await room.refuse("a");
    expect(room.asked).toEqual(["a", "b", "a"]);
  });

  it("again: it is unproven, its witnesses are not accused of anything, and nobody is heard a third time", async () => {
    const room = await heardAgain();
    await room.refuse("a", "w", "x", "y");
    expect([room.outcomes, room.hearings.nobodyAnswers]).toEqual([[], false]);
    await room.refuse("z");
    expect([room.outcomes.sort(), room.hearings.nobodyAnswers, room.asked.length, room.asking]).toEqual([ALL_UNPROVEN, true, 7, ""]);
    expect(["a", "x"].map((id) => [room.member(id).hearings, room.hearings.isHearing(room.member(id))])).toEqual([
      [0, false],
      [0, false],
    ]);
  });

  it("one who answers in the second hearing convicts all who refused, or refuse from then on", async () => {
    const room = await heardAgain();
    await room.refuse("a", "x");
    await room.answer("y");
    await room.refuse("w");
    await room.answer("z");
    expect(room.outcomes.slice(0, 1)).toEqual(["y answered"]);
    expect(room.outcomes.slice(1, 3).sort()).toEqual(["a refused", "x refused"]);
    expect(room.outcomes.slice(3)).toEqual(["w refused", "z answered"]);
    expect(room.hearings.nobodyAnswers).toBe(false);
  });

  it("the three others need only one silence as well", async () => {
    const room = await heardAgain();
    await room.answer("y");
    await room.clock.advance(100);
    expect(room.outcomes.sort()).toEqual(["a silent", "w silent", "x silent", "y answered", "z silent"]);
  });

  it("the witness of a first hearing is heard like anybody else", async () => {
    const room = new HearingRoom();
    room.bystanders = ["w"];
    await room.ask("a");
    expect(room.member("w").hearings).toBe(0);
    await room.answer("a");
    await room.refuse("w");
    expect(room.outcomes).toEqual(["a answered", "w refused"]);
  });

  it("a single member is asked twice in vain, and is unproven", async () => {
    const room = new HearingRoom();
    await room.ask("a");
    await room.refuse("a");
    expect([room.asked, room.outcomes]).toEqual([["a", "a"], []]);
    await room.refuse("a");
    expect([room.asked, room.outcomes]).toEqual([["a", "a"], ["a unproven"]]);
  });
});

describe("while nobody answers", () => {
  it("who is asked again and fails is unproven again, after two hearings", async () => {
    const room = await outage();
    room.bystanders = [];
    const before = room.asked.length;
    await room.ask("a");
    await room.refuse("a");
    await room.refuse("a");
    expect([room.asked.slice(before), room.outcomes.slice(1)]).toEqual([["a", "a"], ["a unproven"]]);
  });

  it("the first answer asks all anew who are unproven, in doubt or being asked, and convicts nobody", async () => {
    const room = await outage();
    room.bystanders = [];
    const before = room.asked.length;
    await room.ask("b", "c", "d", "a");
    await room.refuse("c");
    await room.answer("a");
    expect(room.outcomes.slice(1)).toEqual(["a answered"]);
    expect(room.asked.slice(before + 4).sort()).toEqual(["b", "c", "d"]);
    expect([room.hearings.nobodyAnswers, room.asking.split(" ").length]).toEqual([false, 3]);
    await room.refuse("b");
    await room.answer("c");
    expect(room.outcomes.slice(2)).toEqual(["c answered", "b refused"]);
  });

  it("an answer of who is unproven ends that for this member, too", async () => {
    const room = await outage();
    room.bystanders = [];
    await room.ask("a");
    await room.answer("a");
    await room.answer("w", "x", "y", "z");
    expect([room.hearings.nobodyAnswers, room.outcomes.filter((outcome) => outcome === "a answered").length]).toEqual([false, 1]);
    expect(room.asked.filter((id) => id === "a").length).toBe(3);
  });

  it("old probes are called off when all are asked anew", async () => {
    const room = await outage();
    room.bystanders = [];
    await room.ask("b", "a");
    await room.clock.advance(10);
    expect(room.calledOff).toEqual([]);
    await room.answer("a");
    expect([room.calledOff, room.member("b").probe?.startedAt]).toEqual([["b"], 10]);
  });
});
