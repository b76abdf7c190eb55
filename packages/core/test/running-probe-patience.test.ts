import { describe, expect, it } from "vitest";
import { settle } from "./support/manual-clock.js";
import { messageOf, witnessed } from "./support/running-probe.js";

describe("witness", () => {
  it("makes silence suspicious once it has lasted for the patience in all; the probe itself runs on", async () => {
    const { clock, probe, silences, kinds, signals, answer } = await witnessed(100, 40);
    expect(probe.witnessed).toBe(true);
    await clock.advance(59);
    expect(silences).toEqual([]);
    await clock.advance(1);
    const [silence] = silences;
    expect([silence?.at, silence?.failure.kind, kinds(), signals[0]?.aborted]).toEqual([100, "silent", [], false]);
    expect(messageOf(silence?.failure ?? {})).toBe("[core] [TIMEOUT] a.test:2379 has not answered a probe for 100 ms");
    await clock.advance(300);
    answer();
    await settle();
    expect([silences.length, kinds(), clock.pending]).toEqual([1, ["answered"], 0]);
  });

  it("grants the patience once more when it has passed already", async () => {
    for (const [afterMs, silentAt] of [
      [99, 100],
      [100, 200],
      [150, 250],
    ] as const) {
      const all = await witnessed(100, afterMs);
      await all.clock.advance(300);
      expect(all.silentAt(), `witnessed after ${afterMs} ms`).toEqual([silentAt]);
    }
  });

  it("says nothing when an answer comes in time, nor when time is up before the patience", async () => {
    const all = await witnessed(100);
    await all.clock.advance(99);
    all.answer();
    await all.clock.advance(1_000);
    expect([all.silences, all.kinds()]).toEqual([[], ["answered"]]);
    const patient = await witnessed(600);
    await patient.clock.advance(500);
    expect([patient.kinds(), patient.clock.pending, patient.silences]).toEqual([["silent"], 0, []]);
  });

  it("rounds the silence that it tells of", async () => {
    const all = await witnessed(99.6);
    await all.clock.advance(100);
    expect(all.silences.map(({ failure }) => messageOf(failure))).toEqual([
      "[core] [TIMEOUT] a.test:2379 has not answered a probe for 100 ms",
    ]);
  });

  it("starts over when the process slept during the patience; half of it is no sleep", async () => {
    const slept = await witnessed(100);
    await slept.clock.jump(141);
    await slept.clock.advance(10);
    expect(slept.silences).toEqual([]);
    await slept.clock.advance(99);
    expect(slept.silences).toEqual([]);
    await slept.clock.advance(1);
    expect(slept.silentAt()).toEqual([251]);
    const awake = await witnessed(100);
    await awake.clock.jump(140);
    await awake.clock.advance(10);
    expect(awake.silentAt()).toEqual([150]);
  });
});
