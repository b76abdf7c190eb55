import { describe, expect, it, onTestFinished } from "vitest";
import { isSilent, refuses } from "./support/probing-source.js";
import { member } from "./support/scripted-source.js";
import { type Scene, scene, seeds } from "./support/who-serves.js";

const SEEDS = seeds(10);

/** The question put to a member at an address last. */
function lastAsked(stage: Scene, text: string) {
  const { id, host } = member(text);
  return stage.source.asked.filter(({ endpoint }) => endpoint.id === id && endpoint.host === host).at(-1);
}

/** What nobody handled until the test ended. */
function unhandledRejections(): readonly unknown[] {
  const unhandled: unknown[] = [];
  const collect = (reason: unknown): void => void unhandled.push(reason);
  process.on("unhandledRejection", collect);
  onTestFinished(() => void process.off("unhandledRejection", collect));
  return unhandled;
}

describe("removal during a probe", () => {
  it("aborts it, and its verdict counts for nobody", async () => {
    const unhandled = unhandledRejections();
    const stage = await scene("a b c", { latencyMs: 80 });
    await stage.clock.advance(2_000);
    stage.source.serves.set("c", isSilent);
    stage.suspect("c");
    await stage.clock.advance(10);
    await stage.list("a", "b");
    expect(lastAsked(stage, "c")?.signal.aborted).toBe(true);
    await stage.clock.advance(30_000);
    expect([stage.versions, stage.poller.status.aside, unhandled]).toEqual([["a b c |", "a b |"], [], []]);
    expect(stage.source.timesOf("c").length).toBe(1);
  });

  it("of who is aside: it is asked no more", async () => {
    const stage = await scene("a b c");
    stage.source.serves.set("c", isSilent);
    stage.suspect("c");
    await stage.clock.advance(1_000);
    await stage.list("a", "b");
    const asked = stage.source.probes.length;
    await stage.clock.advance(60_000);
    expect([stage.versions, stage.source.probes.length, stage.poller.status.aside]).toEqual([["a b c |", "a b | c", "a b |"], asked, []]);
  });

  it.each([isSilent, refuses])("of the witness settles the verdict that waited for it (%o)", async (no) => {
    for (const seed of SEEDS) {
      const stage = await scene("a b c d", { seed, latencyMs: 300 });
      stage.source.serves.set("d", no);
      await stage.clock.advance(2_000);
      stage.suspect("d");
      await stage.clock.advance(0);
      const witness = stage.source.probes.find(({ id }) => id !== "d")?.id ?? "";
      const left = ["a", "b", "c", "d"].filter((id) => id !== witness);
      await stage.list(...left);
      const used = left.filter((id) => id !== "d").join(" ");
      expect(await stage.until(() => stage.now === `${used} | d`, 3_000), `seed ${seed}`).toBeLessThanOrEqual(2_000);
      expect(stage.sink.problems).toEqual([]);
    }
  });

  it("of everybody else leaves the suspect in use", async () => {
    const stage = await scene("a b", { guard: () => true, latencyMs: 300 });
    stage.source.serves.set("b", refuses);
    await stage.clock.advance(2_000);
    stage.suspect("b");
    await stage.list("b");
    await stage.clock.advance(60_000);
    expect([stage.now, stage.sink.problems]).toEqual(["b |", []]);
  });

  it("of somebody who comes back later: a newcomer again", async () => {
    const stage = await scene("a b c");
    await stage.list("a", "b");
    stage.source.serves.set("c", isSilent);
    await stage.list("a", "b", "c");
    await stage.clock.advance(5_000);
    expect(stage.versions).toEqual(["a b c |", "a b |", "a b | c"]);
  });
});

describe("a move", () => {
  it("of a member in use: it stays in use, is told as changed, and is asked at its new address", async () => {
    const stage = await scene("a b c");
    const before = stage.poller.snapshot?.endpoints[2];
    await stage.list("a", "b", "c@moved");
    expect(stage.sink.calls.at(-1)?.diff).toEqual({ added: [], removed: [], changed: [[before, member("c@moved")]] });
    expect(lastAsked(stage, "c@moved")?.at).toBe(stage.clock.now());
    await stage.clock.advance(60_000);
    expect([stage.versions, stage.source.timesOf("c").length]).toEqual([["a b c |", "a b c |"], 1]);
  });

  it("to where it does not serve: it is set aside like any suspect", async () => {
    const stage = await scene("a b c");
    stage.source.serves.set("c", isSilent);
    await stage.list("a", "b", "c@moved");
    await stage.clock.advance(150);
    expect(stage.versions).toEqual(["a b c |", "a b c |", "a b | c"]);
    expect(stage.poller.snapshot?.aside).toEqual([member("c@moved")]);
  });

  it("during a probe: that is aborted, and only the new address counts", async () => {
    for (const old of [isSilent, refuses]) {
      const stage = await scene("a b c", { latencyMs: 90 });
      await stage.clock.advance(2_000);
      stage.source.serves.set("c", old === isSilent ? isSilent : stage.network.answersAfter(95, new Error("no")));
      stage.suspect("c");
      await stage.clock.advance(10);
      const first = lastAsked(stage, "c");
      stage.source.serves.set("c", stage.serves);
      await stage.list("a", "b", "c@moved");
      expect([first?.signal.aborted, lastAsked(stage, "c@moved") === undefined]).toEqual([true, false]);
      await stage.clock.advance(60_000);
      expect(stage.versions).toEqual(["a b c |", "a b c |"]);
    }
  });

  it("of who is aside: it stays aside, is asked at once at its new address, and is back if it serves there", async () => {
    const stage = await scene("a b c");
    stage.source.serves.set("c", isSilent);
    stage.suspect("c");
    await stage.clock.advance(30_000);
    stage.source.serves.set("c", stage.serves);
    await stage.list("a", "b", "c@moved");
    const moved = stage.clock.now();
    await stage.clock.advance(25);
    expect(lastAsked(stage, "c@moved")?.at).toBe(moved);
    expect(stage.versions).toEqual(["a b c |", "a b | c", "a b | c", "a b c |"]);
    expect(stage.poller.snapshot?.endpoints[2]).toEqual(member("c@moved"));
  });

  it("while it was not listed: it is asked at its new address", async () => {
    const stage = await scene("a b c");
    stage.suspect("c");
    await stage.list("a", "b");
    await stage.list("a", "b", "c@moved");
    await stage.clock.advance(50);
    expect([lastAsked(stage, "c@moved")?.at === undefined, stage.now]).toEqual([false, "a b c |"]);
  });

  it("makes the old address unknown", async () => {
    const stage = await scene("a b c");
    await stage.list("a", "b", "c@moved");
    await stage.clock.advance(5_000);
    const asked = stage.source.probes.length;
    stage.suspect("c");
    await stage.clock.advance(5_000);
    expect(stage.source.probes.length).toBe(asked);
    stage.suspect("c@moved");
    await stage.clock.advance(0);
    expect(stage.source.probes.length).toBeGreaterThan(asked);
  });

  it("of nothing but its attributes leaves it as it stands", async () => {
    const stage = await scene("a b c");
    stage.source.serves.set("c", refuses);
    stage.suspect("c");
    await stage.clock.advance(100);
    await stage.answerWith({
      endpoints: [member("a"), { ...member("b"), attributes: { zone: "z" } }, { ...member("c"), attributes: { zone: "z" } }],
    });
    expect(stage.now).toBe("a b | c");
    expect(stage.poller.snapshot?.aside[0]?.attributes).toEqual({ zone: "z" });
  });
});
