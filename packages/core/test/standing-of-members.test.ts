import { describe, expect, it } from "vitest";
import { settle } from "./support/manual-clock.js";
import { Membership } from "./support/membership.js";

describe("who is listed", () => {
  it("is used, in the first set and in one that keeps nobody", async () => {
    const members = new Membership();
    members.list("a b");
    members.list("c d e");
    await members.clock.advance(60_000);
    expect([members.now, members.asked, members.told]).toEqual(["c d e |", [], { changed: 0, polls: 0 }]);
  });

  it("for the first time, beside one who is known, waits aside until it answers", async () => {
    const members = new Membership();
    members.list("a b");
    members.list("b c");
    expect([members.now, members.why]).toEqual(["b | c", "c newcomer"]);
    await members.clock.advance(0);
    expect([members.now, members.told]).toEqual(["b c |", { changed: 1, polls: 0 }]);
  });

  it("no longer is aside no longer, with or without probes", async () => {
    for (const probe of [undefined, false] as const) {
      const members = new Membership({ probe });
      members.list("a b c", "c");
      expect(members.why).toBe("c reported");
      members.list("a b");
      expect([members.now, members.why]).toEqual(["a b |", ""]);
      members.list("a b c");
      expect(members.why).toBe(probe === false ? "" : "c newcomer");
    }
  });

  it("as before changes nobody's standing, and asks nobody", async () => {
    const members = new Membership();
    members.list("a b c");
    await members.lose("c");
    const { length } = members.asked;
    members.list("a b c");
    await settle();
    expect([members.why, members.asked.length]).toEqual(["c refused", length]);
  });

  it("is used although it is aside when otherwise nobody were", async () => {
    const members = new Membership();
    members.list("a b c");
    await members.lose("c");
    members.list("c");
    expect(members.now).toBe("c |");
    const replaced = new Membership();
    replaced.list("a b c");
    await replaced.lose("c");
    replaced.list("c d");
    expect([replaced.now, replaced.why]).toEqual(["c d |", ""]);
  });

  it("may be nobody", () => {
    const members = new Membership();
    members.list("a b", "b");
    members.list("", "b");
    expect([members.now, members.why]).toEqual(["|", ""]);
  });
});

describe("who is reported as down", () => {
  it("is aside without being asked, and used at once when it is reported no more", async () => {
    const members = new Membership();
    members.list("a b c", "c");
    members.list("a b c", "b");
    expect(members.why).toBe("b reported");
    members.list("a b c", "");
    await members.clock.advance(60_000);
    expect([members.now, members.asked]).toEqual(["a b c |", []]);
  });

  it("stays so while an answer does not say, as when removals are held", () => {
    const members = new Membership();
    members.list("a b c", "c");
    members.list("a b c d@x");
    expect(members.why).toBe("c reported, d newcomer");
  });

  it("is not told anew at each report: since when stays, and the list is the same", () => {
    const members = new Membership();
    members.list("a b c", "c");
    const before = members.whoServes.aside;
    members.list("a b c", "c");
    expect(members.whoServes.aside).toBe(before);
  });

  it("is asked no more, though it was aside for another reason, and that is forgotten with the report", async () => {
    const members = new Membership();
    members.list("a b c");
    await members.lose("c");
    members.list("a b c", "c");
    const { length } = members.asked;
    await members.clock.advance(60_000);
    expect([members.why, members.asked.length]).toEqual(["c reported", length]);
    members.list("a b c", "");
    expect(members.now).toBe("a b c |");
  });

  it("while it is being asked: its answer does not bring it back", async () => {
    const members = new Membership();
    members.list("a b c");
    members.serves.set("c", () => new Promise((resolve) => void members.clock.setTimeout(resolve, 200)));
    members.whoServes.suspect({ host: "c.test", port: 2379 }, undefined);
    await members.clock.advance(50);
    members.list("a b c", "c");
    await members.clock.advance(60_000);
    expect([members.why, members.told.changed]).toEqual(["c reported", 0]);
  });

  it("with everybody else: the report is ignored, the one before as well, and other reasons stay", async () => {
    const members = new Membership();
    members.list("a b c", "c");
    await members.lose("b");
    expect(members.why).toBe("b refused, c reported");
    members.list("a b c", "a b c");
    expect([members.now, members.why]).toEqual(["a c | b", "b refused"]);
  });

  it("leaves nobody but who is aside: those are used", async () => {
    const members = new Membership();
    members.list("a b c");
    await members.lose("c");
    members.list("a b c", "a b");
    expect([members.now, members.why]).toEqual(["c | a b", "a reported, b reported"]);
  });
});

describe("a suspicion", () => {
  it("asks the member where members can be asked, and makes a poll once it is found not to serve", async () => {
    const members = new Membership();
    members.list("a b c");
    members.whoServes.suspect({ host: "a.test", port: 2379 }, undefined);
    await settle();
    expect([members.asked.length, members.told]).toEqual([2, { changed: 0, polls: 0 }]);
    await members.clock.advance(1_000);
    await members.lose("b");
    expect(members.told).toEqual({ changed: 1, polls: 1 });
  });

  it("makes a poll where they cannot, if anybody is at that address", () => {
    for (const members of [new Membership({ probe: false }), new Membership({}, { probes: false })]) {
      members.whoServes.suspect({ host: "a.test", port: 2379 }, undefined);
      members.list("a b");
      members.whoServes.suspect({ host: "x.test", port: 2379 }, undefined);
      expect(members.told.polls).toBe(0);
      members.whoServes.suspect({ host: "a.test", port: 2379 }, undefined);
      expect([members.told.polls, members.asked]).toEqual([1, []]);
    }
  });
});

describe("verdicts", () => {
  it("of one turn are told once, those of the next turn again", async () => {
    const members = new Membership();
    members.list("a b c d e");
    await members.lose("a", "b", "c");
    expect([members.now, members.told]).toEqual(["d e | a b c", { changed: 1, polls: 3 }]);
    await members.clock.advance(1_000);
    await members.lose("d");
    expect([members.now, members.told.changed]).toEqual(["e | a b c d", 2]);
  });

  it("are told in a turn of their own", async () => {
    const members = new Membership();
    members.list("a b");
    const before = members.told.changed;
    const lost = members.lose("b");
    expect(members.told.changed).toBe(before);
    await lost;
    expect(members.told.changed).toBe(before + 1);
  });

  it("stop with the polling, and begin with it", async () => {
    const members = new Membership();
    members.list("a b c");
    await members.lose("c");
    members.whoServes.stop();
    expect(members.clock.pending).toBe(0);
    members.serves.delete("c");
    members.whoServes.start();
    await members.clock.advance(0);
    expect(members.now).toBe("a b c |");
  });
});

describe("asking everybody", () => {
  it("happens as often as the option says, else the source, but not within minIntervalMs; by default never", async () => {
    for (const [everyMs, probeEveryMs, atMs] of [
      [5_000, 3_000, 5_000],
      [undefined, 3_000, 3_000],
      [undefined, 10, 1_000],
    ] as const) {
      const members = new Membership({ probe: { everyMs } }, { probeEveryMs });
      members.list("a");
      await members.clock.advance(atMs - 1);
      expect(members.asked).toEqual([]);
      await members.clock.advance(1);
      expect(members.asked).toEqual(["a"]);
    }
    const silent = new Membership();
    silent.list("a");
    await silent.clock.advance(86_400_000);
    expect(silent.asked).toEqual([]);
  });
});
