import { describe, expect, it } from "vitest";
import { isSilent } from "./support/probing-source.js";
import { type Scene, scene, seeds } from "./support/who-serves.js";

const SEEDS = seeds(10);

/** Members near, and `c`, which answers probes in time, but seldom soon. */
async function busy(seed: number, least: number, most: number): Promise<Scene> {
  const stage = await scene("a b c", { seed, latencyMs: 2 });
  const ms = (): number => least + (most - least) * stage.clock.random();
  stage.source.serves.set("c", stage.network.answersAfter(ms));
  return stage;
}

/** The distances from one question to the next, in seconds. */
function pauses(stage: Scene, id: string): readonly number[] {
  const times = stage.source.timesOf(id);
  return times.slice(1).map((at, index) => Math.round((at - (times[index] ?? 0)) / 1_000));
}

describe("a member whose calls all miss a short deadline, but which answers probes in time", () => {
  for (const [least, most] of [
    [1, 20],
    [80, 130],
    [150, 150],
    [1, 495],
    [400, 495],
  ] as const) {
    it(`within ${least} to ${most} ms, is set aside at most once, and causes at most one poll`, async () => {
      for (const seed of SEEDS) {
        const stage = await busy(seed, least, most);
        await stage.every(50, 180_000, () => stage.suspect("c"));
        await stage.clock.advance(1_000);
        expect(stage.versions.length, `seed ${seed}: ${stage.versions.join(", ")}`).toBeLessThanOrEqual(1 + 2);
        expect([stage.now, stage.sink.problems, stage.source.starts.length <= 2]).toEqual(["a b c |", [], true]);
      }
    });
  }

  it("is asked less and less often, up to every eighth floor", async () => {
    const stage = await scene("a b c");
    await stage.every(50, 60_000, () => stage.suspect("c"));
    expect(pauses(stage, "c").slice(0, 6)).toEqual([1, 2, 4, 8, 8, 8]);
    expect(stage.source.probes.length).toBeLessThanOrEqual(2 * 10);
    expect([stage.versions, stage.source.starts]).toEqual([["a b c |"], [0]]);
  });

  it("so it is when its answers take longer than three floors", async () => {
    const stage = await scene("a b c", { minIntervalMs: 100 });
    stage.source.serves.set("c", stage.network.answersAfter(400));
    await stage.every(50, 10_000, () => stage.suspect("c"));
    expect(stage.source.timesOf("c").length).toBeLessThanOrEqual(3 + 10_000 / 1_200);
  });

  it("and freezes at last is set aside, when it is asked next", async () => {
    for (const seed of SEEDS) {
      const stage = await busy(seed, 1, 495);
      await stage.every(50, 30_000, () => stage.suspect("c"));
      stage.source.serves.set("c", isSilent);
      await stage.every(50, 8_000 + 2_000, () => stage.suspect("c"));
      expect(stage.now, `seed ${seed}`).toBe("a b | c");
    }
  });

  it("and is quiet for three floors is asked at once, like anybody", async () => {
    const stage = await scene("a b c");
    await stage.every(50, 20_000, () => stage.suspect("c"));
    await stage.clock.advance(2_950); // the last suspicion is 50 ms old
    stage.source.serves.set("c", isSilent);
    stage.suspect("c");
    expect(await stage.until(() => stage.now === "a b | c", 1_000)).toBeLessThanOrEqual(150);
  });
});

describe("a member that keeps failing and coming back", () => {
  it("is asked about every suspicion at once: it was right", async () => {
    const stage = await scene("a b c");
    for (let times = 0; times < 10; times += 1) {
      stage.source.serves.set("c", isSilent);
      stage.suspect("c");
      expect(await stage.until(() => stage.now === "a b | c", 1_000), `time ${times}`).toBeLessThanOrEqual(150);
      stage.source.serves.delete("c");
      await stage.clock.advance(2_700);
      expect(stage.now, `time ${times}`).toBe("a b c |");
    }
  });
});
