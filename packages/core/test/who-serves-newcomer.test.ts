import { describe, expect, it } from "vitest";
import type { DiagnosticsMessages } from "../src/index.js";
import { answers, isSilent, refuses } from "./support/probing-source.js";
import { messagesOf, scene, seeds } from "./support/who-serves.js";

const SEEDS = seeds(10);

describe("a newcomer", () => {
  it("that serves is used within one answer, and costs one probe or two and no poll", async () => {
    const stage = await scene("a b");
    await stage.list("a", "b", "c");
    await stage.clock.advance(20);
    expect(stage.versions).toEqual(["a b |", "a b | c", "a b c |"]);
    expect(stage.source.timesOf("c").length).toBe(1);
    const polls = stage.source.starts.length;
    await stage.clock.advance(600_000);
    expect([stage.source.probes.length <= 2, stage.source.starts.length]).toEqual([true, polls]);
  });

  for (const [how, no] of [
    ["refuses", refuses],
    ["is silent", isSilent],
  ] as const) {
    it(`that ${how} for 7 s is not used before its first answer, and then at once`, async () => {
      for (const seed of SEEDS) {
        const stage = await scene("a b", { seed });
        stage.source.serves.set("c", no);
        await stage.list("a", "b", "c");
        const listedAt = stage.clock.now();
        await stage.clock.advance(7_000);
        expect(stage.versions, `seed ${seed}`).toEqual(["a b |", "a b | c"]);
        expect(stage.source.timesOf("c").length).toBeGreaterThanOrEqual(3);
        stage.source.serves.set("c", answers);
        await stage.clock.advance(10_000);
        const asked = stage.source.timesOf("c").find((at) => at >= listedAt + 7_000);
        expect(stage.toldAt[2], `seed ${seed}`).toBe(asked);
        await stage.clock.advance(60_000);
        expect(stage.versions, `seed ${seed}`).toEqual(["a b |", "a b | c", "a b c |"]);
      }
    });
  }

  it("that is frozen causes no poll: it was never used", async () => {
    const stage = await scene("a b");
    stage.source.serves.set("c", isSilent);
    await stage.list("a", "b", "c");
    const polls = stage.source.starts.length;
    await stage.clock.advance(600_000);
    expect([stage.source.starts.length, stage.now]).toEqual([polls, "a b | c"]);
  });

  it("whose witness is frozen is judged with the help of others", async () => {
    for (const seed of SEEDS) {
      const stage = await scene("a b c d", { seed });
      stage.source.serves.set("a", isSilent);
      stage.source.serves.set("e", isSilent);
      await stage.list("a", "b", "c", "d", "e");
      await stage.clock.advance(3_000);
      expect(stage.now, `seed ${seed}`).toMatch(/^(a )?b c d \| (a )?e$/);
    }
  });

  it("is told: status.aside says newcomer, and rollcall:aside with the endpoint", async () => {
    const told = messagesOf<DiagnosticsMessages["rollcall:aside"]>("rollcall:aside");
    const stage = await scene("a b");
    stage.source.serves.set("c", stage.network.answersAfter(90));
    await stage.list("a", "b", "c");
    const [c, ...more] = stage.poller.status.aside;
    expect([c, more]).toEqual([{ id: "c", reason: "newcomer", since: stage.clock.wallNow() }, []]);
    expect(told).toMatchObject([{ source: "scripted", endpoint: { id: "c" }, reason: "newcomer" }]);
    await stage.clock.advance(90);
    expect([stage.now, stage.poller.status.aside]).toEqual(["a b c |", []]);
  });

  it("comes with a hundred others: no more than 16 are asked at a time, and all are used in the end", async () => {
    const many = Array.from({ length: 100 }, (_, at) => `m${100 + at}`);
    const stage = await scene("a b");
    await stage.list("a", "b", ...many);
    await stage.clock.advance(1_000);
    expect([stage.poller.snapshot?.endpoints.length, stage.poller.snapshot?.aside.length]).toEqual([102, 0]);
    expect(stage.source.maxAsking).toBeLessThanOrEqual(16);
    expect(stage.sink.problems).toEqual([]);
  });

  it("that is suspected meanwhile is asked no more often for it", async () => {
    const stage = await scene("a b");
    stage.source.serves.set("c", isSilent);
    await stage.list("a", "b", "c");
    await stage.every(50, 7_000, () => stage.suspect("c"));
    expect(stage.source.timesOf("c").length).toBeLessThanOrEqual(5);
  });
});

describe("used at once, though nobody has asked them", () => {
  it("the first set: no probes, no waiting", async () => {
    const stage = await scene("a b c", {}, (source) => {
      source.everybody = isSilent;
    });
    expect(stage.versions).toEqual(["a b c |"]);
    await stage.clock.advance(600_000);
    expect([stage.versions, stage.source.probes]).toEqual([["a b c |"], []]);
  });

  it("an answer that keeps no known id: a full replacement", async () => {
    const stage = await scene("a b c");
    await stage.list("d", "e", "f");
    expect(stage.versions).toEqual(["a b c |", "d e f |"]);
    await stage.clock.advance(60_000);
    expect(stage.versions).toEqual(["a b c |", "d e f |"]);
  });

  it("an answer that keeps only members who are aside: all of it", async () => {
    const stage = await scene("a b c");
    stage.source.serves.set("c", refuses);
    stage.suspect("c");
    await stage.clock.advance(100);
    await stage.list("c", "d");
    expect([stage.versions.slice(0, 3), stage.sink.problems]).toEqual([["a b c |", "a b | c", "c d |"], []]);
    stage.suspect("c");
    await stage.clock.advance(30_000);
    expect([stage.now, stage.sink.problems]).toEqual(["d | c", []]);
  });

  it("an answer that keeps only who is aside, and adds nobody", async () => {
    const stage = await scene("a b", { guard: () => true });
    stage.source.serves.set("b", refuses);
    stage.suspect("b");
    await stage.clock.advance(100);
    await stage.list("b");
    await stage.clock.advance(30_000);
    expect(stage.versions).toEqual(["a b |", "a | b", "b |"]);
  });
});
