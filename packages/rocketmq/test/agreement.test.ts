import { describe, expect, it } from "vitest";
import { agree, type Belief, believed, divergenceOf, type Statement } from "../src/agreement.js";

const NOTHING: Belief<string> = new Map();
const GRACE_MS = 35_000;

/** What a nameserver lists, as `a`, or `a=data`. It is informed if it lists anything, or if told so. */
function says(by: string, listed: string, informed: boolean = listed !== ""): Statement<string> {
  const items = listed.split(" ").filter((item) => item !== "");
  return { by, informed, items: new Map(items.map((item) => [item.split("=")[0] ?? "", item])) };
}

/** The items after some polls, each a second after the one before. */
function after(...polls: readonly (readonly Statement<string>[])[]): string {
  return text(polls.reduce((belief, poll, second) => agree(belief, poll, { now: second * 1_000, graceMs: GRACE_MS }), NOTHING));
}

function text(belief: Belief<string>): string {
  return Array.from(belief.values(), ({ item }) => item).join(" ");
}

const all = ["n1", "n2", "n3"].map((by) => says(by, "a b"));

describe("what is there", () => {
  it("row 12: whatever anybody lists, at once", () => {
    expect(after([says("n1", "a"), says("n2", "b c")])).toBe("b c a");
    expect(after(all, [says("n1", "a b"), says("n2", "a b"), says("n3", "a b c")])).toBe("a b c");
  });

  it("is what the fullest statement says of it, then the one of the lower address", () => {
    expect(after([says("n1", "a=1"), says("n2", "a=2 b=2"), says("n3", "b=3 a=3")])).toBe("a=2 b=2");
  });

  it("keeps what was known of it while nobody lists it", () => {
    expect(after([says("n1", "a=old b")], [says("n1", "b")])).toBe("b a=old");
  });
});

describe("what is gone", () => {
  it("row 12: is what two that had it do not list any more, at once", () => {
    expect(after(all, [says("n1", "a"), says("n2", "a")])).toBe("a");
  });

  it("may go at different times: each remains a witness", () => {
    const [early, later] = [says("n1", "a"), says("n2", "a")];
    expect(after(all, [early, says("n2", "a b")], [early, later])).toBe("a");
  });

  it("is nothing on the word of one, before the grace is over", () => {
    expect(after(all, [says("n1", "a")])).toBe("a b");
    const missing = agree(believed([["b", "b"]]), [says("n1", "a")], { now: 0, graceMs: GRACE_MS });
    expect(text(agree(missing, [says("n1", "a")], { now: GRACE_MS - 1, graceMs: GRACE_MS }))).toBe("a b");
    expect(text(agree(missing, [says("n1", "a")], { now: GRACE_MS, graceMs: GRACE_MS }))).toBe("a");
  });

  it("is nothing on the word of those that never had it", () => {
    expect(after([says("n1", "a b"), says("n2", "a"), says("n3", "a")], [says("n1", "a"), says("n2", "a"), says("n3", "a")])).toBe("a b");
    expect(after(all, [says("n4", "a"), says("n5", "a")])).toBe("a b");
  });

  it("is what two do not list that restarted unseen and know only half as yet: nothing tells that from a broker that died", () => {
    const half = [says("n1", "a"), says("n2", "a"), says("n3", "a")];
    expect(after(all, half)).toBe("a");
    expect(after(all, [says("n1", ""), says("n2", ""), says("n3", "a")], half)).toBe("a b"); // seen
    expect(after(all, half, all)).toBe("a b");
  });

  it("row 12: is nothing on the word of those that have been empty since they had it", () => {
    expect(after(all, [says("n1", ""), says("n2", "")], [says("n1", "a"), says("n2", "a")])).toBe("a b");
  });

  it("is nothing on the word of those that have not answered since they had it", () => {
    expect(after(all, [], [says("n1", "a"), says("n2", "a")])).toBe("a b");
    expect(after(all, [says("n3", "a b")], [says("n1", "a"), says("n2", "a")])).toBe("a b");
  });

  it("comes back as soon as anybody lists it, and the grace begins anew", () => {
    const one = [says("n1", "a")];
    let belief = agree(believed([["b", "b"]]), one, { now: 0, graceMs: GRACE_MS });
    belief = agree(belief, [says("n1", "a b")], { now: 30_000, graceMs: GRACE_MS });
    belief = agree(belief, one, { now: 40_000, graceMs: GRACE_MS });
    expect(text(agree(belief, one, { now: 70_000, graceMs: GRACE_MS }))).toBe("a b");
    expect(text(agree(belief, one, { now: 75_000, graceMs: GRACE_MS }))).toBe("a");
  });

  it("goes at once without a grace", () => {
    expect(text(agree(believed([["b", "b"]]), [says("n1", "a")], { now: 0, graceMs: 0 }))).toBe("a");
  });

  it("is nothing while nobody answers, however long: whoever answers after that may have just started, and the grace begins anew", () => {
    let belief = agree(believed([["b", "b"]]), [], { now: 0, graceMs: GRACE_MS });
    belief = agree(belief, [says("n1", "a")], { now: 100_000, graceMs: GRACE_MS });
    belief = agree(belief, [], { now: 200_000, graceMs: GRACE_MS });
    expect(text(belief)).toBe("a b");
    belief = agree(belief, [says("n1", "a")], { now: 201_000, graceMs: GRACE_MS });
    expect(text(agree(belief, [says("n1", "a")], { now: 201_000 + GRACE_MS - 1, graceMs: GRACE_MS }))).toBe("a b");
    expect(text(agree(belief, [says("n1", "a")], { now: 201_000 + GRACE_MS, graceMs: GRACE_MS }))).toBe("a");
  });
});

describe("the divergence", () => {
  it("row 22: names who lacks what another lists, and not what nobody lists", () => {
    const poll = [says("n1", "a"), says("n2", "c a b"), says("n3", "")];
    const belief = agree(believed([["old", "old"]]), poll, { now: 0, graceMs: GRACE_MS });
    expect(divergenceOf(belief, poll)).toEqual([
      { nameserver: "n1", lacks: ["b", "c"] },
      { nameserver: "n3", lacks: ["a", "b", "c"] },
    ]);
    expect(divergenceOf(agree(NOTHING, all, { now: 0, graceMs: GRACE_MS }), all)).toEqual([]);
  });
});
