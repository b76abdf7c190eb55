import { describe, expect, it } from "vitest";
import { KeepAlive } from "../src/keep-alive.js";
import { SteadyClock } from "./support/steady-clock.js";

function keeping() {
  const clock = new SteadyClock();
  return { clock, subject: new KeepAlive(clock) };
}

describe("KeepAlive", () => {
  it("sets no timer while nobody holds it", () => {
    expect(keeping().clock.keptAlive).toEqual([]);
  });

  it("one timer that keeps the process alive serves every holder, until the last one releases it", () => {
    const { clock, subject } = keeping();
    subject.hold();
    subject.hold();
    expect([clock.keptAlive, clock.pending]).toEqual([[true], 1]);
    subject.release();
    expect(clock.pending).toBe(1);
    subject.release();
    expect(clock.pending).toBe(0);
  });

  it("can be held again after it was released", () => {
    const { clock, subject } = keeping();
    for (let turn = 0; turn < 2; turn += 1) {
      subject.hold();
      expect(clock.pending).toBe(1);
      subject.release();
      expect(clock.pending).toBe(0);
    }
    expect(clock.keptAlive).toEqual([true, true]);
  });

  it("lasts longer than any one timer, and is still released at once", async () => {
    const { clock, subject } = keeping();
    subject.hold();
    await clock.advance(3 * 86_400_000);
    expect([clock.pending, clock.keptAlive]).toEqual([1, [true, true, true, true]]);
    subject.release();
    expect(clock.pending).toBe(0);
  });
});
