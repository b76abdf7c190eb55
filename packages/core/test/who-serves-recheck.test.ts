import { describe, expect, it } from "vitest";
import { isSilent, refuses } from "./support/probing-source.js";
import { scene, seeds } from "./support/who-serves.js";

/** The pauses from one probe of a refusing member to the next, by seed. */
async function pauses(seed: number, recheckMs?: number): Promise<readonly number[]> {
  const probe = recheckMs === undefined ? undefined : { recheckMs };
  const stage = await scene("a b c", { seed, latencyMs: 1, probe });
  stage.source.serves.set("c", refuses);
  stage.suspect("c");
  await stage.clock.advance(60 * (recheckMs ?? 1_000));
  const times = stage.source.timesOf("c");
  return times.slice(1).map((at, index) => at - (times[index] ?? 0));
}

describe("who is aside is asked again", () => {
  it("every recheckMs, doubling to 8 × recheckMs, give or take a tenth", async () => {
    for (const recheckMs of [1_000, 200, 5_000]) {
      const found = await pauses(1, recheckMs);
      expect(found.length).toBeGreaterThanOrEqual(8);
      for (const [at, factor] of [1, 2, 4, 8, 8, 8, 8].entries()) {
        expect(found[at], `pause ${at} of ${recheckMs}`).toBeGreaterThanOrEqual(0.9 * factor * recheckMs - 1);
        expect(found[at], `pause ${at} of ${recheckMs}`).toBeLessThanOrEqual(1.1 * factor * recheckMs + 3);
      }
    }
  });

  it("every 1 000 ms by default, and not in step with others", async () => {
    const firsts = new Set<number>();
    for (const seed of seeds(20)) {
      const [first = 0] = await pauses(seed);
      expect(Math.abs(first - 1_000)).toBeLessThanOrEqual(103);
      firsts.add(Math.round(first));
    }
    expect(firsts.size).toBeGreaterThan(10);
    expect(Math.max(...firsts) - Math.min(...firsts)).toBeGreaterThan(100);
  });

  it("from recheckMs anew after it has served in between", async () => {
    const stage = await scene("a b c", { latencyMs: 1 });
    const { source, clock } = stage;
    for (const round of [1, 2]) {
      source.serves.set("c", refuses);
      stage.suspect("c");
      await clock.advance(30_000);
      expect(stage.now, `round ${round}`).toBe("a b | c");
      source.serves.delete("c");
      await clock.advance(10_000);
      expect(stage.now, `round ${round}`).toBe("a b c |");
    }
    source.serves.set("c", refuses);
    const before = source.timesOf("c").length;
    stage.suspect("c");
    await clock.advance(2_000);
    expect(source.timesOf("c").length - before).toBe(2);
  });

  it("together with somebody who serves: if nobody answers then, it is used again", async () => {
    const stage = await scene("a b c");
    stage.source.serves.set("c", isSilent);
    stage.suspect("c");
    await stage.clock.advance(600);
    stage.network.down();
    await stage.clock.advance(4_000);
    expect(stage.versions).toEqual(["a b c |", "a b | c", "a b c |"]);
  });

  it("and a suspicion of it does nothing", async () => {
    const stage = await scene("a b c");
    stage.source.serves.set("c", refuses);
    stage.suspect("c");
    await stage.clock.advance(25);
    const asked = stage.source.probes.length;
    await stage.every(10, 800, () => stage.suspect("c"));
    expect(stage.source.probes.length).toBe(asked);
    await stage.every(50, 60_000, () => stage.suspect("c"));
    expect(stage.source.timesOf("c").length).toBeLessThanOrEqual(12); // after 1, 3, 7, 15, 23, … seconds
  });

  it("costs two probes each time", async () => {
    const stage = await scene("a b c d e f");
    stage.source.serves.set("c", isSilent);
    stage.suspect("c");
    await stage.clock.advance(600_000);
    expect(stage.source.probes.length).toBeLessThanOrEqual(2 * stage.source.timesOf("c").length + 3);
    expect(stage.now).toBe("a b d e f | c");
  });
});

describe("asking without suspicion", () => {
  it("happens to nobody by default: none at rest", async () => {
    const stage = await scene("a b c", { intervalMs: 10_000 });
    await stage.clock.advance(600_000);
    expect([stage.source.probes, stage.versions]).toEqual([[], ["a b c |"]]);
  });

  it("nor after an incident is over", async () => {
    const stage = await scene("a b c");
    stage.source.serves.set("c", isSilent);
    stage.suspect("c");
    await stage.clock.advance(5_000);
    stage.source.serves.delete("c");
    await stage.clock.advance(10_000);
    expect(stage.now).toBe("a b c |");
    const { length } = stage.source.probes;
    await stage.clock.advance(3_600_000);
    expect(stage.source.probes.length).toBe(length);
  });

  for (const [name, probe, sourceSays] of [
    ["probe.everyMs", { everyMs: 5_000 }, undefined],
    ["the source's probeEveryMs", undefined, 5_000],
    ["probe.everyMs rather than the source's probeEveryMs", { everyMs: 5_000 }, 60_000],
  ] as const) {
    it(`${name}: everybody is asked about that often`, async () => {
      const stage = await scene("a b c", { probe }, (source) => {
        if (sourceSays !== undefined) source.probeEveryMs = sourceSays;
      });
      await stage.clock.advance(300_000);
      for (const id of ["a", "b", "c"]) {
        expect(stage.source.timesOf(id).length, id).toBeGreaterThanOrEqual(50);
        expect(stage.source.timesOf(id).length, id).toBeLessThanOrEqual(68);
      }
      expect([stage.versions, stage.source.starts.length]).toEqual([["a b c |"], 1]);
    });
  }

  it("finds who froze, with no suspicion at all", async () => {
    const stage = await scene("a b c", { probe: { everyMs: 5_000 } });
    await stage.clock.advance(20_000);
    stage.source.serves.set("c", isSilent);
    await stage.clock.advance(5_500 + 600);
    expect(stage.versions).toEqual(["a b c |", "a b | c"]);
  });

  it("never happens more often than minIntervalMs, whatever the source would like", async () => {
    const stage = await scene("a b c", { minIntervalMs: 2_000 }, (source) => {
      source.probeEveryMs = 10;
    });
    await stage.clock.advance(60_000);
    for (const id of ["a", "b", "c"]) expect(stage.source.timesOf(id).length).toBeLessThanOrEqual(34);
  });

  it("is switched off with probe: false", async () => {
    const stage = await scene("a b c", { probe: false }, (source) => {
      source.probeEveryMs = 2_000;
    });
    await stage.clock.advance(60_000);
    expect(stage.source.probes).toEqual([]);
  });
});
