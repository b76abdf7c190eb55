import { describe, expect, it } from "vitest";
import { isSilent } from "./support/probing-source.js";
import { type Scene, scene, seeds } from "./support/who-serves.js";

const SEEDS = seeds(10);

/** Members near, and some that take about so long to answer. */
async function begin(seed: number, far: readonly string[], ms: number, spreadMs: number): Promise<Scene> {
  const stage = await scene("a b c w", { seed, latencyMs: 2 });
  for (const id of far)
    stage.source.serves.set(
      id,
      stage.network.answersAfter(() => ms + spreadMs * (2 * stage.clock.random() - 1)),
    );
  return stage;
}

/** How often a member left the set. */
function excursions(stage: Scene): number {
  return stage.sink.calls.reduce((sum, { diff }) => sum + diff.removed.length, 0);
}

describe("a member across a wide network, with probes of 300 ms", () => {
  it("does not flap: at most one excursion in 60 s of a suspicion a second", async () => {
    for (const seed of SEEDS) {
      const stage = await begin(seed, ["w"], 300, 50);
      await stage.every(1_000, 60_000, () => stage.suspect("w"));
      await stage.clock.advance(5_000);
      expect([stage.now, stage.sink.problems], `seed ${seed}`).toEqual(["a b c w |", []]);
      expect(excursions(stage), `seed ${seed}`).toBeLessThanOrEqual(1);
    }
  });

  it("nor when everybody is suspected every second", async () => {
    for (const seed of SEEDS) {
      const stage = await begin(seed, ["w"], 300, 50);
      await stage.every(1_000, 60_000, () => stage.suspect());
      await stage.clock.advance(5_000);
      expect([stage.now, stage.sink.problems], `seed ${seed}`).toEqual(["a b c w |", []]);
      expect(excursions(stage), `seed ${seed}`).toBeLessThanOrEqual(1);
    }
  });

  it("nor when suspicions are rare", async () => {
    for (const seed of SEEDS) {
      const stage = await begin(seed, ["w"], 300, 50);
      await stage.every(10_000, 600_000, () => stage.suspect("w"));
      expect(excursions(stage), `seed ${seed}`).toBeLessThanOrEqual(2);
    }
  });

  it("is not set aside at all when all are as far", async () => {
    for (const seed of SEEDS) {
      const stage = await begin(seed, ["a", "b", "c", "w"], 300, 40);
      await stage.every(1_000, 60_000, () => stage.suspect());
      expect(stage.versions, `seed ${seed}`).toEqual(["a b c w |"]);
    }
  });

  it("stays when it answers within 100 ms of the other one, however far both are", async () => {
    for (const [one, other] of [
      [300, 390],
      [200, 295],
      [50, 145],
      [10, 105],
    ] as const) {
      const stage = await scene("a b");
      stage.source.serves.set("a", stage.network.answersAfter(one));
      stage.source.serves.set("b", stage.network.answersAfter(other));
      stage.suspect("b");
      await stage.clock.advance(30_000);
      expect(stage.versions, `${one} and ${other} ms`).toEqual(["a b |"]);
    }
  });

  it("is still found to be frozen, within timeoutMs + 100 ms and its own distance", async () => {
    for (const seed of SEEDS) {
      const stage = await begin(seed, ["w"], 300, 50);
      await stage.every(1_000, 20_000, () => stage.suspect("w"));
      await stage.clock.advance(3_000);
      stage.source.serves.set("w", isSilent);
      stage.suspect("w");
      expect(await stage.until(() => stage.now === "a b c | w", 3_000), `seed ${seed}`).toBeLessThanOrEqual(600);
    }
  });

  it("keeps nobody else waiting: a near one that froze is aside as soon as ever", async () => {
    const stage = await begin(1, ["w"], 300, 50);
    await stage.every(1_000, 20_000, () => stage.suspect("w"));
    await stage.clock.advance(3_000);
    stage.source.serves.set("b", isSilent);
    stage.suspect("b", "w");
    expect(await stage.until(() => stage.now === "a c w | b", 3_000)).toBeLessThanOrEqual(460); // w may be the witness
  });

  it("beyond the timeout is aside for good, and says so", async () => {
    const stage = await begin(1, ["w"], 700, 0);
    await stage.every(1_000, 60_000, () => stage.suspect("w"));
    expect(stage.versions).toEqual(["a b c w |", "a b c | w"]);
    expect(stage.poller.status.aside).toMatchObject([{ id: "w", reason: "silent" }]);
  });
});
