import { describe, expect, it } from "vitest";
import { PollTiming } from "../src/poll-timing.js";
import { steady } from "./support/steady-clock.js";
import { begun, inPhase, SETTLED } from "./support/timing.js";

describe("PollTiming", () => {
  it("polls at once when it begins; nothing is due before, nor while a poll is running", async () => {
    const options = steady();
    const idle = new PollTiming(options, () => undefined);
    idle.want();
    idle.suspect();
    idle.settled(SETTLED);
    expect([idle.nextAt, options.clock.pending]).toEqual([undefined, 0]);
    const { clock, timing, polls } = begun();
    await clock.advance(100_000);
    expect([polls, timing.nextAt]).toEqual([[0], undefined]);
  });

  it("pauses for a random part of an interval after the first success, then for whole intervals", async () => {
    const { clock, end, polls } = begun();
    await clock.advance(0);
    expect(end("changed")).toBe(5_000);
    await clock.advance(5_000);
    expect(end("unchanged")).toBe(10_000);
    await clock.advance(10_000);
    expect(end("changed")).toBe(10_000);
    expect(polls).toEqual([0, 5_000, 15_000]);
  });

  it("the pause counts from the end of a poll, not from its start", async () => {
    const { clock, end, timing } = await inPhase();
    await clock.advance(1_700);
    expect([end("unchanged"), timing.nextAt]).toEqual([10_000, 16_700]);
  });

  it("backs off with the failures in a row; the pause after the next success is random, since others may have failed as well", async () => {
    const { clock, end } = await inPhase();
    expect([1, 2, 3].map((failures) => end("failed", SETTLED, failures))).toEqual([1_250, 1_500, 3_000]);
    await clock.advance(3_000);
    expect(end("changed")).toBe(5_000);
    await clock.advance(5_000);
    expect(end("changed")).toBe(10_000);
  });

  it("asks again at the floor when an answer is held, and is as much in step with others as it was before", async () => {
    const early = begun();
    await early.clock.advance(0);
    expect(early.end("held")).toBe(1_000);
    await early.clock.advance(1_000);
    expect(early.end("changed")).toBe(5_000);
    const late = await inPhase();
    expect(late.end("held")).toBe(1_000);
    await late.clock.advance(1_000);
    expect(late.end("changed")).toBe(10_000);
  });

  describe("want", () => {
    it("polls now, or at the floor if that is later", async () => {
      for (const [after, left] of [
        [0, 1_000],
        [400, 600],
        [1_000, 0],
        [7_000, 0],
      ] as const) {
        const { clock, end, timing, pause } = await inPhase();
        end("changed");
        await clock.advance(after);
        timing.want();
        timing.want();
        expect(pause()).toBe(left);
      }
    });

    it("during a poll wants one that starts after it", async () => {
      const { clock, end, timing } = await inPhase();
      timing.want();
      expect(timing.nextAt).toBeUndefined();
      await clock.advance(200);
      expect(end("changed")).toBe(1_000);
    });

    it("is answered by one poll, whose next pause is random: others may want one for the same reason", async () => {
      const { clock, end, timing, polls } = await inPhase();
      end("changed");
      await clock.advance(2_000);
      timing.want();
      await clock.advance(0);
      expect([end("changed"), polls]).toEqual([5_000, [0, 5_000, 7_000]]);
      await clock.advance(5_000);
      expect(end("changed")).toBe(10_000);
    });
  });

  it("a poll that comes late, as after a laptop's sleep, is followed by a whole interval", async () => {
    const { clock, end, polls } = await inPhase();
    end("changed");
    await clock.jump(60_000);
    expect([end("changed"), polls]).toEqual([10_000, [0, 5_000, 65_000]]);
  });

  it("suspicions want polls whose distance doubles while they bring nothing new, and that never fall below the floor", async () => {
    const { clock, end, timing, pause } = await inPhase();
    const distances: number[] = [];
    for (const kind of ["unchanged", "unchanged", "failed", "changed", "unchanged"] as const) {
      timing.suspect(); // during a poll
      end(kind, SETTLED, kind === "failed" ? 9 : 0);
      timing.suspect(); // and during a pause
      distances.push(pause());
      await clock.advance(pause());
    }
    // The first poll was none of theirs: it did not double anything, and only the floor counts.
    expect(distances).toEqual([1_000, 2_000, 4_000, 1_000, 2_000]);
  });

  it("a suspicion never postpones the poll that is due anyway", async () => {
    const { clock, end, timing, pause } = await inPhase();
    for (let round = 0; round < 3; round += 1) {
      timing.suspect();
      end("unchanged");
      await clock.advance(pause());
    }
    end("unchanged"); // the next one that suspicions cause is 8 s away
    timing.suspect();
    expect(pause()).toBe(5_000);
  });

  describe("a fetch that outlives its poll", () => {
    it("keeps the next poll an interval away, unless it settles: then the floor counts from there", async () => {
      const { clock, end, timing, pause } = await inPhase();
      const deaf = { alive: true };
      expect(end("failed", deaf)).toBe(10_000);
      timing.want();
      expect(pause()).toBe(10_000);
      await clock.advance(3_000);
      timing.settled(SETTLED); // another one
      expect(pause()).toBe(7_000);
      timing.settled(deaf);
      expect(pause()).toBe(1_000);
    });

    it("that settles soon leaves the backoff in force", async () => {
      const { end, timing, pause } = await inPhase();
      const slow = { alive: true };
      end("failed", slow, 4);
      timing.settled(slow);
      expect(pause()).toBe(6_000);
    });

    it("that settles twice counts once", async () => {
      const { clock, end, timing, pause } = await inPhase();
      const deaf = { alive: true };
      end("failed", deaf);
      timing.settled(deaf);
      await clock.advance(900);
      timing.settled(deaf);
      expect(pause()).toBe(350);
    });

    it("that settles while the next poll is running starts no other", async () => {
      const { clock, end, timing, polls } = await inPhase();
      const deaf = { alive: true };
      end("failed", deaf);
      await clock.advance(10_000);
      timing.settled(deaf);
      await clock.advance(100_000);
      expect([polls, timing.nextAt]).toEqual([[0, 5_000, 15_000], undefined]);
    });

    it("is forgotten once a later one has settled in time", async () => {
      const { clock, end, timing, pause } = await inPhase();
      const deaf = { alive: true };
      end("failed", deaf);
      await clock.advance(10_000);
      expect(end("changed")).toBe(5_000);
      await clock.advance(500);
      timing.settled(deaf);
      timing.want();
      expect(pause()).toBe(500);
    });
  });

  describe("stop", () => {
    it("clears the timer, and nothing is due until it begins again: at once, in step with others", async () => {
      const { clock, end, timing, polls } = await inPhase();
      end("changed");
      await clock.advance(2_000);
      timing.stop(undefined);
      timing.want();
      timing.suspect();
      expect([timing.nextAt, clock.pending]).toEqual([undefined, 0]);
      timing.begin();
      await clock.advance(0);
      expect([end("changed"), polls]).toEqual([5_000, [0, 5_000, 7_000]]);
    });

    it("is no way around the floor, which counts from the end of the last poll", async () => {
      const { clock, end, timing, pause } = await inPhase();
      end("changed");
      await clock.advance(300);
      timing.stop(undefined);
      timing.begin();
      expect(pause()).toBe(700);
    });

    it("during a poll ends it: the floor counts from there", async () => {
      const { clock, timing, pause } = await inPhase();
      await clock.advance(1_500);
      timing.stop(SETTLED);
      await clock.advance(200);
      timing.begin();
      expect(pause()).toBe(800);
    });

    it("during a fetch that does not heed it keeps an interval's distance when it begins again, until that settles", async () => {
      const { clock, timing, pause } = await inPhase();
      const deaf = { alive: true };
      timing.stop(deaf);
      await clock.advance(2_000);
      timing.begin();
      expect(pause()).toBe(8_000);
      timing.settled(deaf);
      expect(pause()).toBe(1_000);
    });
  });
});
