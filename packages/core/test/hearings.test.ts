import { describe, expect, it } from "vitest";
import { HearingRoom } from "./support/hearing-room.js";
import { settle } from "./support/manual-clock.js";

/** A room in which `a` has been asked together with the first bystander. */
async function heard(...bystanders: readonly string[]): Promise<HearingRoom> {
  const room = new HearingRoom();
  room.bystanders = bystanders;
  await room.ask("a");
  return room;
}

/** So many ids: `m0 m1 m2`. */
function many(count: number, from = 0): readonly string[] {
  return Array.from({ length: count }, (_, at) => `m${from + at}`);
}

describe("asking", () => {
  it("asks a member together with one witness", async () => {
    const room = await heard("w", "x");
    expect([room.asked, room.wanted, room.outcomes]).toEqual([["a", "w"], [[1, ""]], []]);
  });

  it("needs no witness for those who are asked in one turn", async () => {
    const room = new HearingRoom();
    room.bystanders = ["w"];
    await room.ask("a", "b", "c");
    expect(room.asked).toEqual(["a", "w", "b", "c"]);
  });

  it("needs another one for whoever is asked later, though the first is still being asked", async () => {
    const room = await heard("w", "x");
    await room.clock.advance(0.001);
    await room.ask("b");
    expect([room.asked, room.wanted]).toEqual([
      ["a", "w", "b", "x"],
      [
        [1, ""],
        [1, ""],
      ],
    ]);
  });

  it("asks alone whom nobody can accompany", async () => {
    const room = await heard();
    expect(room.asked).toEqual(["a"]);
    await room.answer("a");
    expect(room.outcomes).toEqual(["a answered"]);
  });

  it("forgets the timer of whoever is asked, witnesses too", async () => {
    const room = new HearingRoom();
    room.bystanders = ["w"];
    for (const id of ["a", "w"]) room.member(id).timer.set(10_000);
    await room.ask("a");
    expect([room.member("a").timer.dueAt, room.member("w").timer.dueAt]).toEqual([undefined, undefined]);
  });

  it("does nothing for who is being asked, is in doubt or waits for a place", async () => {
    const room = await heard("w");
    await room.ask("a", "w", "a");
    await room.refuse("a");
    await room.ask("a");
    expect([room.asked, room.outcomes]).toEqual([["a", "w"], []]);
    room.unused.add("o");
    await room.ask(...many(13), "o");
    const hears = (id: string) => room.hearings.isHearing(room.member(id));
    expect(["a", "w", "m10", "m12", "o", "z"].map(hears)).toEqual([true, true, true, true, true, false]);
    await room.ask("m10", "m12");
    await room.answer(...many(12));
    for (const id of ["m10", "m12", "o"]) expect(room.asked.filter((asked) => asked === id)).toEqual([id]);
  });
});

describe("places", () => {
  it("of 10 for members in use one is left for a witness; who waits follows one by one, in order", async () => {
    const room = new HearingRoom();
    await room.ask(...many(12));
    expect(room.asked).toEqual(many(9));
    await room.answer("m3");
    expect(room.asked).toEqual(many(10));
    await room.answer("m7", "m8");
    expect(room.asked).toEqual(many(12));
  });

  it("a witness takes a place, too", async () => {
    const room = new HearingRoom();
    room.bystanders = ["w", "x"];
    await room.ask(...many(7));
    expect(room.asked).toEqual(["m0", "w", ...many(6, 1)]);
    await room.clock.advance(1);
    await room.ask("a", "b");
    expect(room.asked.slice(8)).toEqual(["a", "x"]);
  });

  it("6 are for those who are not used: neither they nor members in use wait for the other", async () => {
    const room = new HearingRoom();
    const others = Array.from({ length: 10 }, (_, at) => `o${at}`);
    for (const id of others) room.unused.add(id);
    await room.ask(...others);
    expect(room.asked).toEqual(others.slice(0, 5));
    await room.ask(...many(10));
    expect(room.asked.slice(5)).toEqual(many(9));
    await room.answer("o0");
    expect(room.asked.slice(14)).toEqual(["o5"]);
    await room.answer("m0");
    expect(room.asked.slice(15)).toEqual(["m9"]);
  });

  it("of the others may wait who is in use, and comes first once it is urgent", async () => {
    const room = new HearingRoom();
    for (const id of many(12)) room.hearings.ask(room.member(id), "other");
    await settle();
    expect(room.asked).toEqual(many(5));
    await room.ask("m11");
    expect(room.asked.slice(5)).toEqual(["m11"]);
  });

  it("when many are asked anew, members in use that wait come first", async () => {
    const room = new HearingRoom();
    await room.ask("u");
    await room.refuse("u");
    await room.refuse("u"); // nobody answers
    const others = many(8, 100);
    for (const id of others) room.unused.add(id);
    await room.ask(...many(13), ...others);
    const before = room.asked.length;
    await room.answer("m0");
    expect(room.asked[before]).toBe("m9");
    expect(room.asking.split(" ").length).toBe(14);
  });

  it("a witness may be somebody who waits for a place; it is asked once", async () => {
    const room = new HearingRoom();
    await room.ask(...many(13));
    room.bystanders = ["m12"];
    await room.clock.advance(1);
    await room.answer(...many(9));
    expect(room.asked.filter((id) => id === "m12")).toEqual(["m12"]);
    expect(room.asking.split(" ").sort()).toEqual(["m10", "m11", "m12", "m9"]);
  });
});

describe("an answer", () => {
  it("means that the member serves, and is told once", async () => {
    const room = await heard("w");
    await room.clock.advance(7);
    await room.answer("a");
    expect([room.outcomes, room.member("a").endedAt, room.hearings.isHearing(room.member("a"))]).toEqual([["a answered"], 7, false]);
    await room.answer("w");
    expect([room.outcomes, room.clock.pending]).toEqual([["a answered", "w answered"], 0]);
  });

  it("teaches how long the member takes", async () => {
    const room = new HearingRoom();
    await room.clock.advance(1_000);
    await room.ask("a");
    await room.clock.advance(80);
    await room.answer("a");
    expect(room.member("a").patienceMs(500)).toBe(160);
  });

  it("the two who answered last are remembered, the last first, each once", async () => {
    const room = new HearingRoom();
    const seen: string[] = [];
    for (const id of ["a", "b", "b", "a", "c"]) {
      await room.ask(id);
      await room.answer(id);
      seen.push(room.lastToAnswer);
    }
    room.hearings.drop([room.member("c")]);
    expect([...seen, room.lastToAnswer]).toEqual(["a", "b a", "b a", "a b", "c a", "a"]);
  });
});

describe("drop", () => {
  it("calls off the question, and forgets that the member answered", async () => {
    const room = await heard("w");
    await room.answer("a");
    await room.ask("a");
    room.hearings.drop([room.member("a")]);
    expect([room.calledOff, room.hearings.isHearing(room.member("a")), room.lastToAnswer]).toEqual([["a"], false, ""]);
    await room.answer("a", "w");
    expect(room.outcomes).toEqual(["a answered", "w answered"]);
  });

  it("of who waits for a place or is in doubt: nothing is asked about it any more", async () => {
    const room = new HearingRoom();
    await room.ask(...many(14));
    await room.refuse("m0"); // m9 has its place
    for (const id of ["m0", "m13"]) room.hearings.drop([room.member(id)]);
    await room.answer(...many(9, 1));
    await room.answer(...many(3, 10));
    expect(room.outcomes).toEqual(many(12, 1).map((id) => `${id} answered`));
    expect([room.asked, room.asking]).toEqual([many(13), ""]);
  });

  it("of those who are being asked lets those who wait be asked", async () => {
    const room = new HearingRoom();
    await room.ask(...many(11));
    for (const id of many(9)) room.hearings.drop([room.member(id)]);
    await settle();
    expect(room.asked.slice(9)).toEqual(many(2, 9));
  });

  it("of the last possible witness settles the verdicts that waited for it", async () => {
    const room = await heard("w");
    await room.refuse("a");
    expect(room.asked).toEqual(["a", "w"]);
    room.bystanders = ["x"];
    room.hearings.drop([room.member("w")]);
    await room.ask();
    expect(room.asked).toEqual(["a", "w", "x", "a"]);
  });

  it("of the only member found unproven means that probes may prove something again", async () => {
    const room = await heard();
    await room.refuse("a");
    await room.refuse("a");
    expect([room.outcomes, room.hearings.nobodyAnswers]).toEqual([["a unproven"], true]);
    room.hearings.drop([room.member("a")]);
    expect(room.hearings.nobodyAnswers).toBe(false);
  });
});

describe("stop", () => {
  it("forgets everybody: who was asked, who waited, who was in doubt or unproven", async () => {
    const room = await heard();
    await room.refuse("a");
    await room.refuse("a");
    room.unused.add("o");
    await room.ask(...many(14), "o");
    await room.refuse("m0");
    room.hearings.stop();
    for (const id of [...many(14), "o"]) room.member(id).cancel();
    const hears = (id: string) => room.hearings.isHearing(room.member(id));
    expect([room.hearings.nobodyAnswers, ...["m0", "m1", "m13", "o"].map(hears)]).toEqual(new Array(5).fill(false));
    const before = room.asked.length;
    await room.ask("z");
    expect(room.asked.slice(before)).toEqual([]);
    room.hearings.start();
    await room.ask("z");
    await room.answer("z");
    expect(room.asked.slice(before)).toEqual(["z"]);
    expect(room.outcomes.slice(1)).toEqual(["z answered"]);
  });
});
