import { describe, expect, it } from "vitest";
import { HearingRoom } from "./support/hearing-room.js";

/** A room in which the suspect `a` has been asked together with `w`; `x y z` can be called later. */
async function heard(): Promise<HearingRoom> {
  const room = new HearingRoom();
  room.bystanders = ["w", "x", "y", "z"];
  await room.ask("a");
  room.bystanders = ["x", "y", "z"];
  return room;
}

describe("a member that refuses", () => {
  it("after its witness answered is convicted at once", async () => {
    const room = await heard();
    await room.answer("w");
    await room.clock.advance(30);
    await room.refuse("a");
    expect([room.outcomes, room.member("a").endedAt, room.hearings.isHearing(room.member("a"))]).toEqual([
      ["w answered", "a refused"],
      30,
      false,
    ]);
  });

  it("before its witness answered is in doubt until it does", async () => {
    const room = await heard();
    await room.refuse("a");
    expect([room.outcomes, room.hearings.isHearing(room.member("a"))]).toEqual([[], true]);
    await room.answer("w");
    expect([room.outcomes, room.hearings.isHearing(room.member("a")), room.asked]).toEqual([
      ["w answered", "a refused"],
      false,
      ["a", "w"],
    ]);
  });

  it("is convicted by anybody who was asked in the same turn, and once", async () => {
    const room = new HearingRoom();
    await room.ask("a", "b", "c");
    await room.refuse("a");
    await room.answer("c");
    await room.answer("b");
    expect(room.outcomes).toEqual(["c answered", "a refused", "b answered"]);
  });

  it("is not convicted by who was asked earlier: that answer is older than the refusal's question", async () => {
    const room = new HearingRoom();
    await room.ask("b");
    await room.clock.advance(0.6);
    room.bystanders = ["w"];
    await room.ask("c");
    await room.clock.advance(0.6);
    room.bystanders = ["w", "x"];
    await room.ask("a");
    await room.answer("b");
    await room.refuse("a");
    await room.answer("c");
    expect(room.outcomes).toEqual(["b answered", "c answered"]);
    await room.answer("x");
    expect(room.outcomes.slice(2)).toEqual(["x answered", "a refused"]);
  });

  it("is asked anew, in use or in doubt, when somebody who was asked later answers", async () => {
    for (const inDoubt of [true, false]) {
      const room = await heard();
      if (inDoubt) await room.refuse("a");
      await room.clock.advance(0.6);
      await room.ask("b");
      await room.answer("b");
      expect([room.outcomes, room.asked.filter((id) => id === "a").length]).toEqual([["b answered"], 2]);
      expect([room.member("a").hearings, room.wanted.every(([count]) => count === 1)]).toEqual([0, true]); // that was no hearing in vain
      await room.refuse("a");
      await room.answer("x");
      expect(room.outcomes).toContain("a refused");
    }
  });

  it("and whose witness has answered is not asked anew by later answers", async () => {
    const room = await heard();
    await room.answer("w");
    await room.clock.advance(10);
    await room.ask("b");
    await room.answer("b");
    expect([room.outcomes, room.asked.filter((id) => id === "a")]).toEqual([["w answered", "b answered"], ["a"]]);
  });

  it("is convicted by who was asked in the same turn however long that turn took", async () => {
    const room = new HearingRoom();
    room.bystanders = ["w"];
    let lookedAt = 0;
    room.clock.now = () => (lookedAt += 5); // every look at the clock finds it later
    await room.ask("a", "b");
    expect(room.asked).toEqual(["a", "w", "b"]);
    await room.answer("w");
    await room.refuse("a");
    expect([room.asked.length, room.outcomes]).toEqual([3, ["w answered", "a refused"]]);
  });

  it("is convicted, not heard again, though it was heard in vain before", async () => {
    const room = await heard();
    await room.refuse("a", "w");
    await room.answer("x");
    await room.refuse("a");
    expect([room.outcomes, room.member("a").hearings]).toEqual([["x answered", "a refused"], 0]);
  });
});

describe("a member that is silent", () => {
  it("for its patience after its witness answered needs one more answer, for which somebody is asked", async () => {
    const room = await heard();
    await room.clock.advance(5);
    await room.answer("w");
    await room.clock.advance(94);
    expect(room.asked).toEqual(["a", "w"]);
    await room.clock.advance(1);
    expect([room.asked, room.outcomes]).toEqual([["a", "w", "x"], ["w answered"]]);
    await room.answer("x");
    expect([room.outcomes, room.asking, room.calledOff]).toEqual([["w answered", "x answered", "a silent"], "a", []]);
  });

  it("is not convicted when its answer comes before that one", async () => {
    const room = await heard();
    await room.answer("w");
    await room.clock.advance(100);
    await room.answer("a");
    await room.answer("x");
    await room.clock.advance(10_000);
    expect(room.outcomes.filter((outcome) => outcome.startsWith("a"))).toEqual(["a answered"]);
  });

  it("serves when it answers after all", async () => {
    const room = await heard();
    await room.answer("w");
    await room.clock.advance(100);
    await room.answer("x");
    await room.clock.advance(300);
    await room.answer("a");
    expect(room.outcomes).toEqual(["w answered", "x answered", "a silent", "a answered"]);
  });

  it("needs no more answers when its patience was over before the witness answered; it is granted once more", async () => {
    for (const [atMs, convictedAt] of [
      [99, undefined],
      [100, 200],
      [140, 240],
    ] as const) {
      const room = await heard();
      await room.clock.advance(atMs);
      room.bystanders = [];
      await room.answer("w");
      await room.clock.advance((convictedAt ?? 250) - atMs - 1);
      expect(room.outcomes, `witness after ${atMs} ms`).toEqual(["w answered"]);
      await room.clock.advance(1);
      expect(room.outcomes.slice(1), `witness after ${atMs} ms`).toEqual(convictedAt === undefined ? [] : ["a silent"]);
    }
  });

  it("needs no more answers when it is not used, or was heard in vain before", async () => {
    for (const why of ["unused", "heard before"]) {
      const room = new HearingRoom();
      room.bystanders = ["w"];
      if (why === "unused") room.unused.add("a");
      else room.member("a").hearings = 1;
      await room.ask("a");
      await room.answer("w");
      room.bystanders = [];
      await room.clock.advance(100);
      expect(room.outcomes, why).toEqual(["w answered", "a silent"]);
    }
  });

  it("has the patience that it is known to need, up to 0.8 of the timeout", async () => {
    for (const [tookMs, timeoutMs, patienceMs] of [
      [0, 500, 100],
      [150, 500, 300],
      [300, 500, 400],
      [390, 500, 500],
      [0, 100, 80],
    ] as const) {
      const room = new HearingRoom(timeoutMs);
      room.member("a").answered(tookMs, timeoutMs);
      room.unused.add("a");
      room.bystanders = ["w"];
      await room.ask("a");
      await room.answer("w");
      await room.clock.advance(patienceMs - 1);
      expect(room.outcomes, `${patienceMs} ms`).toEqual(["w answered"]);
      await room.clock.advance(1);
      expect(room.outcomes, `${patienceMs} ms`).toEqual(["w answered", "a silent"]);
    }
  });

  it("to the end, and not used, is convicted once more, so that it can be asked again later", async () => {
    const room = await heard();
    await room.answer("w");
    await room.clock.advance(100);
    await room.answer("x");
    await room.clock.advance(400);
    expect([room.outcomes.filter((outcome) => outcome === "a silent").length, room.asking, room.clock.pending]).toEqual([2, "", 0]);
  });

  it("to the end, and used, is heard once more: nobody answered after its silence", async () => {
    const room = await heard();
    await room.answer("w");
    room.bystanders = [];
    await room.clock.advance(499);
    expect(room.asked).toEqual(["a", "w"]);
    room.bystanders = ["x", "y", "z"];
    await room.clock.advance(1);
    expect([room.outcomes, room.asked.slice(2)]).toEqual([["w answered"], ["x", "y", "z", "a"]]);
    await room.answer("x", "y", "z");
    await room.clock.advance(100);
    expect(room.outcomes).toEqual(["w answered", "x answered", "y answered", "z answered", "a silent"]);
  });
});

describe("a process that slept", () => {
  it("asks again, and remembers no end", async () => {
    const room = await heard();
    room.bystanders = [];
    await room.clock.jump(3_600_000);
    await room.clock.advance(10);
    expect(room.asked.slice(2).sort()).toEqual(["a", "w"]);
    expect([room.outcomes, room.member("a").endedAt]).toEqual([[], Number.NEGATIVE_INFINITY]);
    await room.answer("w");
    await room.refuse("a");
    expect(room.outcomes).toEqual(["w answered", "a refused"]);
  });

  it("hears no evidence against who should have ended long ago, before that probe's own timer says that it slept", async () => {
    const room = await heard();
    await room.answer("w");
    await room.clock.advance(100); // x is asked: one more answer is needed
    const read = room.answer("x");
    await room.clock.jump(651);
    await read;
    expect(room.outcomes).toEqual(["w answered", "x answered"]);
    await room.clock.advance(10);
    expect([room.outcomes.length, room.asked.filter((id) => id === "a").length]).toEqual([2, 2]);
    const awake = await heard();
    await awake.answer("w");
    await awake.clock.advance(100);
    const heardInTime = awake.answer("x");
    await awake.clock.jump(650);
    await heardInTime;
    expect(awake.outcomes).toEqual(["w answered", "x answered", "a silent"]);
  });
});
