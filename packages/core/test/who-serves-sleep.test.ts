import { describe, expect, it } from "vitest";
import { isSilent } from "./support/probing-source.js";
import { scene, seeds } from "./support/who-serves.js";

const SEEDS = seeds(6);

describe.each([200, 300, 600, 1_000, 5_000, 3_600_000])("an event loop blocked for %i ms", (ms) => {
  it("changes nothing: with probes in flight whose answers are read after the late timers", async () => {
    for (const seed of SEEDS) {
      for (const offset of [0, 1, 10, 19, 21]) {
        const stage = await scene("a b c", { seed });
        stage.suspect();
        await stage.clock.advance(offset);
        await stage.network.block(ms);
        await stage.clock.advance(30_000);
        expect(stage.versions, `seed ${seed}, ${offset} ms after the probes`).toEqual(["a b c |"]);
      }
    }
  });

  it("changes nothing: one is being asked with its witness", async () => {
    for (const seed of SEEDS) {
      const stage = await scene("a b c d", { seed });
      stage.source.serves.set("a", stage.network.answersAfter(5)); // a witness may have answered before the block
      stage.suspect("b");
      await stage.clock.advance(seed % 2 === 0 ? 10 : 1);
      await stage.network.block(ms);
      await stage.clock.advance(30_000);
      expect(stage.versions, `seed ${seed}`).toEqual(["a b c d |"]);
    }
  });

  it("changes nothing: every call of the client times out late, in the same turn", async () => {
    for (const seed of SEEDS) {
      const stage = await scene("a b c", { seed });
      if (seed % 2 === 0) stage.suspect("a");
      for (const dueIn of [0, ms / 2, ms - 1, ms]) stage.clock.setTimeout(() => stage.suspect(), dueIn);
      await stage.clock.advance(1);
      await stage.network.block(ms);
      await stage.every(100, 1_000, () => stage.suspect());
      await stage.clock.advance(30_000);
      expect(stage.versions, `seed ${seed}`).toEqual(["a b c |"]);
    }
  });

  it("changes nothing: again and again, with barely a breath between", async () => {
    for (const seed of SEEDS) {
      const stage = await scene("a b c d e", { seed });
      for (let times = 0; times < 10; times += 1) {
        stage.suspect();
        await stage.clock.advance(60 * stage.clock.random());
        await stage.network.block(ms);
      }
      await stage.clock.advance(30_000);
      expect(stage.versions, `seed ${seed}`).toEqual(["a b c d e |"]);
    }
  });

  it("brings nobody back who is aside and still silent", async () => {
    for (const seed of SEEDS) {
      const stage = await scene("a b c", { seed });
      stage.source.serves.set("c", isSilent);
      stage.suspect("c");
      await stage.clock.advance(600 + 3_000 * stage.clock.random());
      await stage.network.block(ms);
      await stage.clock.advance(30_000);
      expect(stage.versions, `seed ${seed}`).toEqual(["a b c |", "a b | c"]);
    }
  });

  it("only delays the verdict on who is frozen", async () => {
    for (const seed of SEEDS) {
      const stage = await scene("a b c", { seed });
      stage.source.serves.set("c", isSilent);
      stage.suspect("c");
      await stage.clock.advance(50 * stage.clock.random());
      await stage.network.block(ms);
      expect(await stage.until(() => stage.now === "a b | c", 1_500), `seed ${seed}`).toBeLessThanOrEqual(1_500);
    }
  });
});

describe("an event loop blocked by what follows from one answer, while the next one waits to be read", () => {
  for (const [first, timeoutMs] of [
    [50, 500],
    [400, 500],
    [480, 500],
    [400, 2_000],
  ] as const) {
    it(`changes nothing, ${first} ms after the question, with a timeout of ${timeoutMs} ms`, async () => {
      for (const second of [20, 49, 51, 60, 70, 99, 101, 105, 111, 120, 149, 151, 200, 500, 5_000]) {
        const stage = await scene("a b", { probe: { timeoutMs } });
        stage.source.serves.set("a", stage.network.answersAfter(5));
        stage.source.serves.set("b", stage.network.answersAfter(10));
        stage.suspect("b");
        await stage.clock.advance(1);
        await stage.network.block(first, { reads: 1 });
        await stage.network.block(second);
        await stage.clock.advance(30_000);
        expect(stage.versions, `${second} ms more`).toEqual(["a b |"]);
      }
    });
  }
});

describe.each([1_000, 1_700, 5_000, 3_600_000])(
  "a process that was suspended for %i ms, and whose network needs 30 ms to come back",
  (ms) => {
    it("judges nobody who was being asked after another one had answered", async () => {
      const stage = await scene("a b", { probe: { timeoutMs: 2_000 } });
      stage.source.serves.set("a", stage.network.answersAfter(5));
      stage.suspect("b");
      await stage.clock.advance(1);
      await stage.network.block(400, { reads: 1 });
      await stage.network.block(ms, { afterMs: 30 });
      await stage.clock.advance(30_000);
      expect(stage.versions).toEqual(["a b |"]);
    });

    it("judges nobody who was being asked for the second time", async () => {
      for (const seed of SEEDS) {
        const stage = await scene("a b c d", { seed });
        for (const id of ["a", "c", "d"]) stage.source.serves.set(id, stage.network.answersAfter(5));
        stage.network.down();
        stage.suspect("b");
        await stage.clock.advance(499);
        stage.network.up();
        await stage.clock.advance(10); // all have been asked again, and all but b have answered
        await stage.network.block(ms, { afterMs: 30 });
        await stage.clock.advance(30_000);
        expect(stage.versions, `seed ${seed}`).toEqual(["a b c d |"]);
      }
    });
  },
);
