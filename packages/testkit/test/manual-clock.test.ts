import { expect, it } from "vitest";
import { ManualClock, settle } from "../src/index.js";

it("a manual clock stands still until it is told otherwise, and fires timers in order, with promises settled in between", async () => {
  const clock = new ManualClock();
  const log: string[] = [];
  const after = (ms: number, name: string): unknown =>
    clock.setTimeout(() => void Promise.resolve().then(() => log.push(`${name} at ${clock.now()}`)), ms);
  after(20, "b");
  after(10, "a");
  after(30, "c");
  clock.clearTimeout(after(15, "never"));
  await settle();
  expect([log, clock.pending]).toEqual([[], 3]);
  await clock.advance(25);
  expect([log, clock.now(), clock.pending]).toEqual([["a at 10", "b at 20"], 25, 1]);
});

it("a timer that a timer sets fires in the same advance when it is due", async () => {
  const clock = new ManualClock();
  let fired = 0;
  const again = (): void => {
    fired += 1;
    clock.setTimeout(again, 10);
  };
  again();
  await clock.advance(35);
  expect(fired).toBe(4);
});

it("a jump fires what was due late, at the time after it", async () => {
  const clock = new ManualClock();
  let at = 0;
  clock.setTimeout(() => {
    at = clock.now();
  }, 10);
  await clock.jump(1_000);
  expect(at).toBe(1_000);
});

it("the wall clock follows, and can be moved without time passing", async () => {
  const clock = new ManualClock();
  const before = clock.wallNow();
  await clock.advance(5);
  clock.shiftWall(-1_000);
  expect([clock.wallNow() - before, clock.now()]).toEqual([-995, 5]);
});

it("the same seed throws the same dice, in [0, 1)", () => {
  const throws = (seed?: number): readonly number[] => {
    const clock = new ManualClock(seed);
    return Array.from({ length: 100 }, () => clock.random());
  };
  expect(throws(7)).toEqual(throws(7));
  expect(throws(7)).not.toEqual(throws(8));
  expect(throws()).toEqual(throws(1));
  for (const value of throws()) expect(value >= 0 && value < 1).toBe(true);
});
