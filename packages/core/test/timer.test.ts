import { describe, expect, it } from "vitest";
import type { Clock } from "../src/index.js";
import { Timer } from "../src/timer.js";
import { ManualClock } from "./support/manual-clock.js";

/** A clock whose timers fire when the test says so, however early; remembers what was asked of it. */
class ImpatientClock extends ManualClock implements Clock {
  readonly asked: (readonly [delayMs: number, keepAlive: boolean | undefined])[] = [];
  #fire: (() => void) | undefined;

  override setTimeout(callback: () => void, delayMs: number, keepAlive?: boolean): unknown {
    this.asked.push([delayMs, keepAlive]);
    this.#fire = callback;
    return callback;
  }

  override clearTimeout(): void {
    this.#fire = undefined;
  }

  fire(): void {
    this.#fire?.();
  }
}

function counting(clock: Clock) {
  const fired: number[] = [];
  const timer = new Timer(clock, () => void fired.push(clock.now()));
  return { timer, fired };
}

describe("Timer", () => {
  it("fires once, when it is due, and is then not set any more", async () => {
    const clock = new ManualClock();
    const { timer, fired } = counting(clock);
    timer.set(100);
    expect(timer.dueAt).toBe(100);
    await clock.advance(99);
    expect(fired).toEqual([]);
    await clock.advance(10_000);
    expect([fired, timer.dueAt, clock.pending]).toEqual([[100], undefined, 0]);
  });

  it("fires as soon as possible when its time has passed already", async () => {
    const clock = new ManualClock();
    await clock.advance(50);
    const { timer, fired } = counting(clock);
    timer.set(10);
    timer.set(Number.NEGATIVE_INFINITY);
    await clock.advance(0);
    expect(fired).toEqual([50]);
  });

  it("moves when it is set again, earlier or later, leaving one timer", async () => {
    const clock = new ManualClock();
    const { timer, fired } = counting(clock);
    for (const dueAt of [100, 300, 200]) timer.set(dueAt);
    expect([timer.dueAt, clock.pending]).toEqual([200, 1]);
    await clock.advance(1_000);
    expect(fired).toEqual([200]);
  });

  it("does not fire once it is cleared, which may happen any number of times", async () => {
    const clock = new ManualClock();
    const { timer, fired } = counting(clock);
    timer.clear();
    timer.set(100);
    timer.clear();
    timer.clear();
    await clock.advance(1_000);
    expect([fired, timer.dueAt, clock.pending]).toEqual([[], undefined, 0]);
  });

  it("may be set again from inside its own callback", async () => {
    const clock = new ManualClock();
    const fired: number[] = [];
    const timer: Timer = new Timer(clock, () => {
      fired.push(clock.now());
      if (fired.length < 3) timer.set(clock.now() + 10);
    });
    timer.set(10);
    await clock.advance(1_000);
    expect(fired).toEqual([10, 20, 30]);
  });

  it("waits for the rest when the clock fires it too early, as one does whose longest timeout is shorter than the wait", async () => {
    const clock = new ImpatientClock();
    const { timer, fired } = counting(clock);
    timer.set(1_000);
    await clock.advance(400);
    clock.fire();
    await clock.advance(599.5);
    clock.fire();
    expect([fired, timer.dueAt]).toEqual([[], 1_000]);
    await clock.advance(0.5);
    clock.fire();
    expect(fired).toEqual([1_000]);
    expect(clock.asked).toEqual([
      [1_000, undefined],
      [600, undefined],
      [0.5, undefined],
    ]);
  });

  it("does not keep the process alive", () => {
    const clock = new ImpatientClock();
    counting(clock).timer.set(10);
    expect(clock.asked).toEqual([[10, undefined]]);
  });
});
