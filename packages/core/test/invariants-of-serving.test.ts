import { describe, expect, it } from "vitest";
import { isSilent, refuses } from "./support/probing-source.js";
import type { Answer } from "./support/scripted-source.js";
import { scene } from "./support/who-serves.js";

// The others are in invariants.test.ts and invariants-of-a-life.test.ts.
describe("invariants", () => {
  it("17. endpoints ⊎ aside = listed, whoever comes, goes, moves or falls silent", async () => {
    const stage = await scene("a b c d", { guard: () => true });
    const listed: string[] = [];
    stage.sink.behaviour = ({ endpoints, aside, metadata }) => {
      const parts = [...endpoints, ...aside].map(({ id, host }) => `${id}@${host}`).sort();
      const whole = (metadata as Answer).endpoints.map(({ id, host }) => `${id}@${host}`).sort();
      if (parts.join() !== whole.join()) stage.sink.problems.push(`${parts} instead of ${whole}`);
      listed.push(whole.join());
    };
    for (const members of ["a b c d e", "a b@moved d e", "c d e", "x y z", "a b c d", "d"]) {
      for (const id of ["b", "d", "x"]) {
        stage.source.serves.set(id, [isSilent, refuses, stage.serves][Math.floor(3 * stage.clock.random())] ?? refuses);
      }
      await stage.list(...members.split(" "));
      await stage.every(300, 6_000, () => stage.suspect());
    }
    expect(stage.sink.problems).toEqual([]);
    expect(stage.sink.calls.some(({ snapshot }) => snapshot.aside.length > 0)).toBe(true);
    expect(new Set(listed).size).toBe(6);
  });

  it("17. a probe sets nobody aside unless another answered", async () => {
    for (const nobody of [isSilent, refuses]) {
      const stage = await scene("a b c");
      stage.source.everybody = nobody;
      await stage.every(100, 10_000, () => stage.suspect());
      expect(stage.versions).toEqual(["a b c |"]);
      stage.source.serves.set("a", stage.serves);
      await stage.every(100, 3_000, () => stage.suspect("b", "c"));
      expect(stage.now).toBe("a | b c");
    }
  });

  it("17. no probe while nobody listens, and none at rest", async () => {
    const stage = await scene("a b c", { intervalMs: 10_000 });
    await stage.clock.advance(600_000);
    expect(stage.source.probes).toEqual([]);
    stage.suspect("a");
    await stage.clock.advance(1_000);
    const asked = stage.source.probes.length;
    expect(asked).toBeGreaterThan(0);
    await stage.clock.advance(600_000);
    await stage.poller.close();
    stage.suspect("a");
    await stage.clock.advance(600_000);
    expect(stage.source.probes.length).toBe(asked);
  });

  it("19. a clock jump causes no false verdict, and no burst of probes", async () => {
    for (const jumpMs of [700, 5_000, 3_600_000]) {
      const stage = await scene("a b c d", { intervalMs: 10_000 });
      stage.source.serves.set("d", isSilent);
      stage.suspect("d");
      await stage.clock.advance(1_000);
      stage.suspect();
      await stage.clock.advance(5);
      const asked = stage.source.probes.length;
      await stage.network.block(jumpMs);
      await stage.clock.advance(1_000);
      expect([stage.versions, stage.source.probes.length - asked <= 8]).toEqual([["a b c d |", "a b c | d"], true]);
      await stage.clock.advance(30_000);
      expect(stage.now).toBe("a b c | d");
    }
  });
});
