import { describe, expect, it } from "vitest";
import type { DiagnosticsMessages } from "../src/index.js";
import { settle } from "./support/manual-clock.js";
import { isSilent } from "./support/probing-source.js";
import { begun, ProbingStage } from "./support/probing-stage.js";
import { messagesOf } from "./support/who-serves.js";

describe("a suspicion", () => {
  it("asks whoever is at that address, together with a witness; who answers stays, and nothing is told", async () => {
    const stage = begun("a b c");
    stage.suspect("b.test");
    await stage.clock.advance(0);
    expect([stage.asked, stage.told, stage.clock.pending]).toEqual([["b", "c"], { changed: 0, wantPoll: 0 }, 0]); // `from` is 1: the next that is free
    stage.suspect("nobody.test");
    await stage.clock.advance(60_000);
    expect(stage.asked.length).toBe(2);
  });

  it("within minIntervalMs of the end of the member's last probe waits until then, once, however often it comes", async () => {
    const stage = begun("a b c");
    stage.serves.set("a", () => new Promise((resolve) => void stage.clock.setTimeout(resolve, 20)));
    stage.suspect("a.test");
    await stage.clock.advance(20);
    for (const waitMs of [0, 300, 699]) {
      await stage.clock.advance(waitMs);
      stage.suspect("a.test");
    }
    await stage.clock.advance(0);
    expect(stage.timesOf("a")).toBe(1);
    await stage.clock.advance(1);
    expect([stage.clock.now(), stage.timesOf("a")]).toEqual([1_020, 2]);
    await stage.clock.advance(60_000);
    expect([stage.timesOf("a"), stage.clock.pending]).toEqual([2, 0]);
  });

  it("exactly minIntervalMs after it asks at once", async () => {
    const stage = begun("a b");
    stage.suspect("a.test");
    await stage.clock.advance(1_000);
    stage.suspect("a.test");
    await settle();
    expect(stage.timesOf("a")).toBe(2);
  });

  it("leaves a question that is due earlier where it is", async () => {
    const stage = begun("a", { recheckMs: 400 });
    stage.refuse("a");
    stage.suspect("a.test");
    await stage.clock.advance(0);
    expect(stage.timesOf("a")).toBe(2); // twice in vain: unproven, asked again after recheckMs
    stage.suspect("a.test");
    await stage.clock.advance(399);
    expect(stage.timesOf("a")).toBe(2);
    await stage.clock.advance(1);
    expect(stage.timesOf("a")).toBe(4);
  });

  it("comes before a question that is due later", async () => {
    const stage = begun("a", { recheckMs: 5_000 });
    stage.refuse("a");
    stage.suspect("a.test");
    await stage.clock.advance(0);
    stage.suspect("a.test");
    await stage.clock.advance(1_000);
    expect(stage.timesOf("a")).toBe(4);
  });

  it("of who is aside, or is being asked, does nothing; its cause is not remembered", async () => {
    const told = messagesOf<DiagnosticsMessages["rollcall:aside"]>("rollcall:aside");
    const stage = begun("a b c", { recheckMs: 5_000 });
    stage.serves.set("a", () => new Promise((_, reject) => void stage.clock.setTimeout(() => reject("no"), 20)));
    stage.suspect("a.test", "first");
    stage.suspect("a.test", "second");
    await stage.clock.advance(20);
    for (let times = 0; times < 5; times += 1) stage.suspect("a.test", "third");
    await stage.clock.advance(4_900);
    expect([stage.timesOf("a"), stage.aside]).toEqual([1, "a refused"]);
    expect(told).toMatchObject([{ endpoint: { id: "a" }, reason: "refused", error: "no", cause: "first" }]);
  });

  it("of several at one address asks them all, each once", async () => {
    const stage = begun("a@shared b@shared c@shared");
    stage.suspect("shared");
    await stage.clock.advance(0);
    expect(stage.asked).toEqual(["a@shared", "b@shared", "c@shared"]);
  });

  it("before anybody is listed asks nobody", async () => {
    const stage = new ProbingStage();
    stage.probing.start();
    stage.suspect("a.test");
    await stage.clock.advance(60_000);
    expect(stage.asked).toEqual([]);
  });
});

describe("a member that does not serve", () => {
  it("is set aside, which is told and makes the cluster be asked; then asked again and again", async () => {
    const stage = begun("a b c");
    stage.refuse("a");
    stage.suspect("a.test");
    await stage.clock.advance(0);
    expect([stage.aside, stage.told]).toEqual(["a refused", { changed: 1, wantPoll: 1 }]);
    for (const [waitMs, times] of [
      [999, 1],
      [1, 2],
      [1_999, 2],
      [1, 3],
      [4_000, 4],
      [7_999, 4],
      [1, 5],
      [8_000, 6],
    ] as const) {
      await stage.clock.advance(waitMs);
      expect(stage.timesOf("a"), `at ${stage.clock.now()}`).toBe(times);
    }
    expect([stage.aside, stage.told]).toEqual(["a refused", { changed: 1, wantPoll: 1 }]);
  });

  it("is used again as soon as it answers, which is told; then nobody is asked any more", async () => {
    const stage = begun("a b c");
    stage.refuse("a");
    stage.suspect("a.test");
    await stage.clock.advance(0);
    stage.serves.delete("a");
    await stage.clock.advance(1_000);
    expect([stage.aside, stage.told, stage.clock.pending]).toEqual(["", { changed: 2, wantPoll: 1 }, 0]);
  });

  it("is asked again only once its probe is over", async () => {
    const stage = begun("a b c");
    stage.serves.set("a", isSilent);
    stage.suspect("a.test");
    await stage.clock.advance(200);
    expect([stage.aside, stage.timesOf("a"), stage.signals.get("a")?.aborted]).toEqual(["a silent", 1, false]);
    await stage.clock.advance(300 + 999);
    expect(stage.timesOf("a")).toBe(1);
    await stage.clock.advance(1);
    expect(stage.timesOf("a")).toBe(2);
  });

  it("may be all others but one", async () => {
    const stage = begun("a b");
    stage.refuse("b");
    stage.suspect("b.test");
    await stage.clock.advance(0);
    expect(stage.aside).toBe("b refused");
    const alone = begun("a");
    alone.refuse("b");
    alone.list("a b");
    await alone.clock.advance(0);
    expect([alone.aside, alone.told.changed]).toEqual(["b refused", 0]);
  });

  it("stays when it would be the last in use, and is asked again", async () => {
    const stage = begun("a b");
    stage.serves.set("a", () => new Promise((_, reject) => void stage.clock.setTimeout(() => reject("no"), 20)));
    stage.suspect("a.test");
    await stage.clock.advance(10);
    stage.standings.setAside({ id: "b", host: "b.test", port: 2379 }, "reported"); // b has answered meanwhile
    stage.probing.drop("b");
    await stage.clock.advance(10);
    expect([stage.aside, stage.told, stage.timesOf("a")]).toEqual(["b reported", { changed: 0, wantPoll: 0 }, 1]);
    await stage.clock.advance(1_000);
    expect(stage.timesOf("a")).toBe(2);
  });
});

describe("when nobody answers", () => {
  it("all stay in use, the cluster is asked, and they are asked again after recheckMs", async () => {
    const stage = begun("a");
    stage.refuse("a");
    stage.suspect("a.test");
    await stage.clock.advance(0);
    expect([stage.aside, stage.told, stage.timesOf("a")]).toEqual(["", { changed: 0, wantPoll: 1 }, 2]);
    await stage.clock.advance(999);
    expect(stage.timesOf("a")).toBe(2);
    await stage.clock.advance(10_001);
    expect([stage.timesOf("a"), stage.aside]).toEqual([2 + 11 * 2, ""]); // pauses do not grow
  });

  it("who was aside is used, which is told", async () => {
    const stage = begun("a b c");
    stage.refuse("a");
    stage.suspect("a.test");
    await stage.clock.advance(0);
    stage.refuse("b", "c");
    await stage.clock.advance(1_000);
    expect([stage.aside, stage.told]).toEqual(["", { changed: 2, wantPoll: 2 }]);
  });

  it("newcomers are used at once, and asked", async () => {
    const stage = begun("a b");
    stage.refuse("a", "b", "c");
    stage.suspect("a.test");
    await stage.clock.advance(0);
    stage.list("a b c");
    expect(stage.aside).toBe("");
    await stage.clock.advance(0);
    expect(stage.timesOf("c")).toBeGreaterThan(0);
  });
});

describe("asking everybody", () => {
  it("happens every everyMs, and only while probing goes on", async () => {
    const stage = begun("a b c", { everyMs: 5_000 });
    stage.standings.setAside({ id: "c", host: "c.test", port: 2379 }, "reported");
    await stage.clock.advance(4_999);
    expect(stage.asked).toEqual([]);
    await stage.clock.advance(1);
    expect(stage.asked).toEqual(["a", "b"]);
    await stage.clock.advance(5_000);
    expect(stage.asked.length).toBe(4);
    stage.probing.stop();
    await stage.clock.advance(60_000);
    expect([stage.asked.length, stage.clock.pending]).toEqual([4, 0]);
  });

  it("is spread by a tenth each way", async () => {
    for (const [random, ms] of [
      [0, 4_500],
      [1, 5_500],
    ] as const) {
      const stage = new ProbingStage({ everyMs: 5_000 });
      stage.clock.random = () => random;
      stage.list("a", true);
      stage.probing.start();
      await stage.clock.advance(ms - 1);
      expect(stage.asked).toEqual([]);
      await stage.clock.advance(1);
      expect(stage.asked).toEqual(["a"]);
    }
  });

  it("happens to nobody without everyMs", async () => {
    const stage = begun("a b c");
    await stage.clock.advance(86_400_000);
    expect([stage.asked, stage.clock.pending]).toEqual([[], 0]);
  });

  it("before anybody is listed asks nobody", async () => {
    const stage = new ProbingStage({ everyMs: 1_000 });
    stage.probing.start();
    await stage.clock.advance(3_000);
    expect([stage.asked, stage.clock.pending]).toEqual([[], 1]);
    stage.list("a", true);
    await stage.clock.advance(1_000);
    expect(stage.asked).toEqual(["a"]);
  });
});
