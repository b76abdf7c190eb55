import { describe, expect, it } from "vitest";
import { DiscoveryError } from "../src/index.js";
import { refuses } from "./support/probing-source.js";
import { type Answer, answer } from "./support/scripted-source.js";
import { type Scene, type SceneOptions, scene, seeds } from "./support/who-serves.js";

/** An answer in which the cluster itself says who is down, as Kafka does of fenced brokers. */
interface Fenced extends Answer {
  readonly fenced: readonly string[];
}

function fenced(members: string, ...ids: readonly string[]): Fenced {
  return { ...answer(...members.split(" ")), fenced: ids };
}

function begin(members: string, ids: readonly string[] = [], options: SceneOptions = {}): Promise<Scene> {
  return scene(
    () => fenced(members, ...ids),
    options,
    (source) => {
      source.unavailable = (metadata) => (metadata as Fenced).fenced;
    },
  );
}

describe("members that the cluster reports as down", () => {
  it("are aside from the first answer on, with the reason, and are never asked", async () => {
    const stage = await begin("a b c", ["c"]);
    const firstAt = stage.clock.wallNow();
    await stage.every(100, 60_000, () => stage.suspect("c"));
    expect([stage.versions, stage.source.probes, stage.source.starts]).toEqual([["a b | c"], [], [0]]);
    expect(stage.poller.status.aside).toEqual([{ id: "c", reason: "reported", since: firstAt }]);
  });

  it("go aside when an answer says so though it lists the same, and are used again as soon as one no longer does", async () => {
    const stage = await begin("a b c");
    await stage.answerWith(fenced("a b c", "c"));
    await stage.answerWith(fenced("a b c", "b", "c"));
    await stage.answerWith(fenced("a b c", "b"));
    await stage.answerWith(fenced("a b c"));
    expect(stage.versions).toEqual(["a b c |", "a b | c", "a | b c", "a c | b", "a b c |"]);
    expect(stage.sink.calls.map(({ diff }) => [diff.added.length, diff.removed.length, diff.changed.length])).toEqual([
      [3, 0, 0],
      [0, 1, 0],
      [0, 1, 0],
      [1, 0, 0],
      [1, 0, 0],
    ]);
  });

  it("the same report again changes nothing: the same snapshot", async () => {
    const stage = await begin("a b c", ["c"]);
    const before = stage.poller.snapshot;
    for (let times = 0; times < 5; times += 1) await stage.answerWith(fenced("a b c", "c"));
    expect(stage.poller.snapshot).toBe(before);
  });

  it("all of them at once: the report is ignored", async () => {
    const stage = await begin("a b c");
    await stage.answerWith(fenced("a b c", "a", "b", "c"));
    expect([stage.now, stage.poller.status.aside]).toEqual(["a b c |", []]);
    const first = await begin("a b", ["a", "b"]);
    expect(first.versions).toEqual(["a b |"]);
  });

  it("all who serve: nobody is left but who is aside, and the set is still not empty", async () => {
    const stage = await begin("a b c");
    stage.source.serves.set("c", refuses);
    stage.suspect("c");
    await stage.clock.advance(100);
    expect(stage.now).toBe("a b | c");
    await stage.answerWith(fenced("a b c", "a", "b"));
    await stage.clock.advance(60_000);
    expect(stage.sink.problems).toEqual([]);
  });

  it("ids that are not listed are of no interest", async () => {
    const stage = await begin("a b", ["x", "y"]);
    expect([stage.versions, stage.poller.status.aside]).toEqual([["a b |"], []]);
  });

  it("that move stay aside; that leave are gone", async () => {
    const stage = await begin("a b c", ["c"]);
    await stage.answerWith(fenced("a b c@moved", "c"));
    await stage.answerWith(fenced("a b"));
    expect([stage.versions, stage.source.probes]).toEqual([["a b | c", "a b | c", "a b |"], []]);
  });

  it("a probe in progress of one that is reported now is aborted, and its answer does not bring it back", async () => {
    const stage = await begin("a b c", [], { probe: { timeoutMs: 2_000 } });
    await stage.clock.advance(2_000);
    stage.source.serves.set("c", stage.network.answersAfter(1_500));
    stage.suspect("c");
    await stage.clock.advance(200);
    await stage.answerWith(fenced("a b c", "c"));
    await stage.clock.advance(60_000);
    expect(stage.now).toBe("a b | c");
    expect(stage.poller.status.aside).toMatchObject([{ id: "c", reason: "reported" }]);
    expect(stage.source.timesOf("c").length).toBe(1);
  });

  it("are no witnesses", async () => {
    for (const seed of seeds(20)) {
      const stage = await begin("a b c", ["c"], { seed });
      stage.source.serves.set("a", refuses);
      stage.suspect("a");
      await stage.clock.advance(5_000);
      expect([stage.now, stage.source.timesOf("c")]).toEqual(["b | a c", []]);
    }
    const alone = await begin("a b", ["b"]);
    alone.source.serves.set("a", refuses);
    alone.suspect("a");
    await alone.clock.advance(5_000);
    expect([alone.versions, alone.source.timesOf("b")]).toEqual([["a | b"], []]);
  });

  it("a newcomer among them is aside as reported, and used at once when it no longer is", async () => {
    const stage = await begin("a b");
    await stage.answerWith(fenced("a b c", "c"));
    expect(stage.poller.status.aside).toMatchObject([{ id: "c", reason: "reported" }]);
    await stage.answerWith(fenced("a b c"));
    await stage.clock.advance(60_000);
    expect(stage.versions).toEqual(["a b |", "a b | c", "a b c |"]);
  });

  it("count without any probe, too", async () => {
    const stage = await begin("a b c", ["c"], { probe: false });
    await stage.answerWith(fenced("a b c", "b"));
    expect(stage.versions).toEqual(["a b | c", "a c | b"]);
  });

  it("an answer that cannot say who is down fails as a whole", async () => {
    const stage = await begin("a b c");
    stage.source.unavailable = () => {
      throw new TypeError("no list");
    };
    const error = await stage.poller.refresh({ signal: AbortSignal.abort() }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DiscoveryError);
    await stage.clock.advance(1_000);
    expect([stage.versions, stage.poller.status.error?.code]).toEqual([["a b c |"], "MALFORMED_RESPONSE"]);
  });
});
