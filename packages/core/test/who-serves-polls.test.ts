import { describe, expect, it } from "vitest";
import { isSilent, refuses } from "./support/probing-source.js";
import { answer } from "./support/scripted-source.js";
import { scene } from "./support/who-serves.js";

const MANY = Array.from({ length: 80 }, (_, at) => `m${100 + at}`);

describe("the polls that verdicts cause", () => {
  it("a member that is set aside causes one, and what it brings is believed", async () => {
    const stage = await scene("a b c");
    await stage.clock.advance(5_000);
    stage.source.script = ["a", "b", "d"];
    stage.source.serves.set("c", refuses);
    stage.suspect("c");
    await stage.clock.advance(100);
    expect(stage.source.starts.length).toBe(2);
    expect(stage.versions).toEqual(["a b c |", "a b | c", "a b | d", "a b d |"]);
  });

  it("never before minIntervalMs is over", async () => {
    const stage = await scene("a b c", { minIntervalMs: 3_000 });
    stage.source.serves.set("c", refuses);
    stage.suspect("c");
    await stage.clock.advance(2_999);
    expect([stage.now, stage.source.starts]).toEqual(["a b | c", [0]]);
    await stage.clock.advance(1);
    expect(stage.source.starts).toEqual([0, 3_000]);
  });

  it("while they bring nothing new their distance doubles, up to intervalMs; news starts it over", async () => {
    const stage = await scene(MANY.join(" "));
    const kill = (at: number): void => {
      const id = MANY[at] ?? "";
      stage.source.serves.set(id, refuses);
      stage.suspect(id);
    };
    let next = 0;
    await stage.every(1_000, 60_000, () => kill(next++));
    const gaps = stage.source.starts.slice(2).map((start, at) => Math.round((start - (stage.source.starts[at + 1] ?? 0)) / 1_000));
    expect(gaps).toEqual([2, 4, 8, 16]);
    stage.source.script = MANY.slice(0, -1);
    await stage.every(1_000, 16_000, () => kill(next++)); // the poll after 32 s brings news
    expect(stage.poller.snapshot?.metadata.endpoints.length).toBe(79);
    const polls = stage.source.starts.length;
    await stage.every(1_000, 3_000, () => kill(next++));
    expect(stage.source.starts.length).toBeGreaterThan(polls);
  });

  it("a member that flaps causes them no faster", async () => {
    const stage = await scene("a b c");
    const until = stage.clock.now() + 60_000;
    while (stage.clock.now() < until) {
      stage.source.serves.set("c", refuses);
      stage.suspect("c");
      await stage.clock.advance(500);
      stage.source.serves.delete("c");
      await stage.clock.advance(2_000);
    }
    expect(stage.versions.length).toBeGreaterThan(20);
    expect(stage.source.starts.length).toBeLessThanOrEqual(7);
  });

  it("rechecks, and members that come back, cause none", async () => {
    const stage = await scene("a b c");
    stage.source.serves.set("c", refuses);
    stage.suspect("c");
    await stage.clock.advance(5_000);
    const polls = stage.source.starts.length;
    await stage.clock.advance(60_000);
    stage.source.serves.delete("c");
    await stage.clock.advance(60_000);
    expect([stage.now, stage.source.starts.length]).toEqual(["a b c |", polls]);
  });
});

describe("a poll while somebody is aside", () => {
  it("knows those in use first, then those aside", async () => {
    const stage = await scene("a b c");
    stage.source.serves.set("a", refuses);
    stage.suspect("a");
    await stage.clock.advance(5_000);
    expect(stage.source.contexts.at(-1)?.known.map(({ id }) => id)).toEqual(["b", "c", "a"]);
  });

  it("that lists the same brings nobody back and publishes nothing", async () => {
    const stage = await scene("a b c", { intervalMs: 2_000 });
    stage.source.serves.set("c", refuses);
    stage.suspect("c");
    await stage.clock.advance(60_000);
    expect([stage.versions, stage.source.starts.length > 20]).toEqual([["a b c |", "a b | c"], true]);
  });

  it("with other metadata makes a new version with the same arrays", async () => {
    const stage = await scene("a b c");
    stage.source.serves.set("c", refuses);
    stage.suspect("c");
    await stage.clock.advance(5_000);
    const before = stage.poller.snapshot;
    await stage.answerWith({ ...answer("a", "b", "c"), epoch: 7 });
    const after = stage.poller.snapshot;
    expect([after?.version, after?.metadata.epoch]).toEqual([3, 7]);
    expect([after?.endpoints === before?.endpoints, after?.aside === before?.aside]).toEqual([true, true]);
  });
});

describe("the guard holding", () => {
  const all = "a b c d f";

  it("endpoints and aside are still all that is listed, and the rest of the section goes on", async () => {
    const stage = await scene(all);
    stage.source.serves.set("d", isSilent);
    stage.suspect("d");
    await stage.clock.advance(1_100);
    stage.source.script = ["a", "e"]; // keeps one of five
    void stage.poller.refresh();
    await stage.clock.advance(1_000);
    expect(stage.poller.status).toMatchObject({ held: 1, aside: [{ id: "d" }] });
    expect(stage.now).toBe("a b c e f | d");
    stage.source.serves.set("b", isSilent);
    stage.suspect("b"); // listed only because removals are held
    await stage.clock.advance(600);
    expect(stage.now).toBe("a c e f | b d");
    expect(stage.sink.problems).toEqual([]);
    await stage.clock.advance(10_000);
    expect([stage.now, stage.poller.status.held]).toEqual(["a e |", 0]);
  });

  it("a newcomer of a held answer waits to be asked", async () => {
    const stage = await scene(all);
    stage.source.serves.set("e", isSilent);
    await stage.clock.advance(1_000);
    stage.source.script = ["e"];
    void stage.poller.refresh();
    await stage.clock.advance(500);
    expect([stage.now, stage.poller.status.held]).toEqual(["a b c d f | e", 1]);
  });

  it("compares with all who are listed, not with those in use", async () => {
    const stage = await scene(all);
    for (const id of ["b", "c", "d", "f"]) stage.source.serves.set(id, refuses);
    stage.suspect();
    await stage.clock.advance(1_500);
    expect(stage.now).toBe("a | b c d f");
    stage.source.script = ["a"];
    void stage.poller.refresh();
    await stage.clock.advance(1_000);
    expect([stage.now, stage.poller.status.held > 0]).toEqual(["a | b c d f", true]);
  });

  it("a confirmed collapse to members who are all aside uses them", async () => {
    const stage = await scene(all);
    stage.source.serves.set("d", refuses);
    stage.suspect("d");
    await stage.clock.advance(1_500);
    stage.source.script = ["d"];
    void stage.poller.refresh();
    await stage.clock.advance(10_000);
    expect([stage.now, stage.poller.status.held, stage.sink.problems]).toEqual(["d |", 0, []]);
  });
});
