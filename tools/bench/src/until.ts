import { setTimeout as wait } from "node:timers/promises";

const LOOK_EVERY_MS = 50;

/** Resolves once a condition holds, with true; with false if it does not within so many milliseconds. */
export async function until(condition: () => boolean | Promise<boolean>, withinMs: number): Promise<boolean> {
  const end = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() >= end) return false;
    await wait(LOOK_EVERY_MS);
  }
  return true;
}
