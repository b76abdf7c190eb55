import { describe, expect, it } from "vitest";
import type { DiagnosticsMessages } from "../src/index.js";
import { isSilent, refuses } from "./support/probing-source.js";
import { messagesOf, Scene, scene } from "./support/who-serves.js";

describe("nobody listening", () => {
  it("suspect does nothing and nobody is asked: before the first subscriber, and after the last", async () => {
    const stage = new Scene(["a", "b"]);
    stage.suspect("a");
    const subscription = stage.poller.subscribe(() => undefined);
    await stage.clock.advance(0);
    subscription[Symbol.dispose]();
    stage.suspect("a");
    await stage.clock.advance(600_000);
    expect([stage.source.probes, stage.source.starts, stage.clock.pending]).toEqual([[], [0], 0]);
  });

  it("a probe in progress is aborted with the last subscriber, no timer is left, and a late answer changes nothing", async () => {
    const stage = new Scene(["a", "b", "c"], { latencyMs: 100 });
    const subscription = stage.poller.subscribe(stage.sink);
    await stage.clock.advance(0);
    const late: (() => void)[] = [];
    stage.source.serves.set("c", () => new Promise((_, reject) => late.push(() => reject(new Error("late")))));
    stage.suspect();
    await stage.clock.advance(50);
    const before = stage.poller.snapshot;
    subscription[Symbol.dispose]();
    expect(stage.source.asked.map(({ signal }) => signal.aborted)).toEqual(stage.source.asked.map(() => true));
    expect([stage.source.asked.length >= 3, stage.source.asking, stage.clock.pending]).toEqual([true, 0, 0]);
    for (const answer of late) answer();
    await stage.clock.advance(60_000);
    expect(stage.poller.snapshot).toBe(before);
  });

  it("who is aside stays aside, is asked by nobody, and is asked first of all on resume", async () => {
    const stage = new Scene(["a", "b", "c"]);
    const first = stage.poller.subscribe(() => undefined);
    await stage.clock.advance(0);
    stage.source.serves.set("c", isSilent);
    stage.suspect("c");
    await stage.clock.advance(2_000);
    expect(stage.now).toBe("a b | c");
    first[Symbol.dispose]();
    const asked = stage.source.probes.length;
    await stage.clock.advance(3_600_000);
    expect([stage.source.probes.length, stage.clock.pending, stage.now]).toEqual([asked, 0, "a b | c"]);
    stage.source.serves.delete("c");
    stage.poller.subscribe(stage.sink);
    await stage.clock.advance(0);
    expect(stage.source.timesOf("c").at(-1)).toBe(stage.clock.now());
    await stage.clock.advance(25);
    expect(stage.now).toBe("a b c |");
  });

  it("lingering counts as listening", async () => {
    const stage = new Scene(["a", "b", "c"], { lingerMs: 5_000 });
    stage.poller.subscribe(() => undefined)[Symbol.dispose]();
    await stage.clock.advance(1_000);
    stage.source.serves.set("c", refuses);
    stage.suspect("c");
    await stage.clock.advance(100);
    expect(stage.now).toBe("a b | c");
    await stage.clock.advance(5_000);
    const asked = stage.source.probes.length;
    await stage.clock.advance(600_000);
    expect([stage.source.probes.length, stage.clock.pending]).toEqual([asked, 0]);
  });

  it("a suspicion that was deferred is not asked about after everybody left", async () => {
    const stage = new Scene(["a", "b", "c"]);
    const subscription = stage.poller.subscribe(() => undefined);
    await stage.clock.advance(0);
    stage.suspect("a");
    await stage.clock.advance(100);
    stage.suspect("a");
    subscription[Symbol.dispose]();
    const asked = stage.source.probes.length;
    await stage.clock.advance(60_000);
    expect([stage.source.probes.length, stage.clock.pending]).toEqual([asked, 0]);
  });
});

describe("close during a probe", () => {
  it("aborts it; no timer, no call, no version and no event follow", async () => {
    const told = messagesOf<DiagnosticsMessages["rollcall:aside"]>("rollcall:aside");
    const stage = await scene("a b c", { latencyMs: 50 });
    stage.source.serves.set("c", isSilent);
    stage.suspect("c");
    await stage.clock.advance(60); // the witness has answered: c is about to be set aside
    const before = stage.poller.snapshot;
    await stage.poller.close();
    expect([stage.source.asking, stage.clock.pending, stage.source.closed]).toEqual([0, 0, 1]);
    expect(stage.source.asked.find(({ endpoint }) => endpoint.id === "c")?.signal.aborted).toBe(true);
    await stage.clock.advance(60_000);
    expect([stage.poller.snapshot === before, stage.versions, told]).toEqual([true, ["a b c |"], []]);
  });

  it("while many wait to be asked: none of them is", async () => {
    const members = Array.from({ length: 100 }, (_, at) => `m${100 + at}`);
    const stage = await scene(members.join(" "));
    stage.suspect();
    await stage.clock.advance(30);
    const asked = stage.source.probes.length;
    await stage.poller.close();
    stage.suspect();
    await stage.clock.advance(60_000);
    expect([stage.source.probes.length, stage.clock.pending, stage.versions.length]).toEqual([asked, 0, 1]);
  });

  it("from inside the update that tells of the verdict", async () => {
    const stage = await scene("a b c");
    stage.sink.behaviour = () => void stage.poller.close();
    stage.source.serves.set("c", refuses);
    stage.suspect();
    await stage.clock.advance(60_000);
    expect([stage.versions, stage.clock.pending, stage.source.closed]).toEqual([["a b c |", "a b | c"], 0, 1]);
  });

  it("from inside a probe", async () => {
    const stage = await scene("a b c");
    stage.source.serves.set("c", async () => {
      await stage.poller.close();
      throw new Error("no");
    });
    stage.suspect();
    await stage.clock.advance(60_000);
    expect([stage.versions, stage.clock.pending, stage.source.closed]).toEqual([["a b c |"], 0, 1]);
  });
});

describe("who calls from inside", () => {
  it("a sink that suspects everybody it is given, each time, does no harm", async () => {
    const stage = await scene("a b c d");
    stage.sink.behaviour = ({ endpoints }) => void stage.suspect(...endpoints.map(({ id }) => id));
    stage.source.serves.set("d", isSilent);
    stage.suspect("d");
    await stage.clock.advance(10_000);
    expect([stage.versions, stage.source.probes.length < 100]).toEqual([["a b c d |", "a b c | d"], true]);
  });

  it("a probe that suspects others is no endless round", async () => {
    const stage = await scene("a b c");
    stage.source.everybody = async () => void stage.suspect();
    stage.suspect("a");
    await stage.clock.advance(10_000);
    expect(stage.versions).toEqual(["a b c |"]);
    expect(stage.source.probes.length).toBeLessThanOrEqual(2 * 3 * 12);
  });
});
