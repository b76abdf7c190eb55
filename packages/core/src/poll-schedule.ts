import type { ResolvedOptions } from "./poller-options.js";

type Pace = Pick<ResolvedOptions, "intervalMs" | "minIntervalMs" | "clock">;

/** Nobody waits longer than this after an error, however long the interval is. */
const MAX_BACKOFF_MS = 10_000;

/** The pause after a success: one interval, give or take a tenth. */
export function intervalPause({ intervalMs, clock }: Pace): number {
  return intervalMs * (0.9 + 0.2 * clock.random());
}

/**
 * The pause after a success whose time others may share (a start, the end of an outage, a lost connection): a random part of
 * an interval. Processes that were in step are thereby spread evenly at once. What would fall below the floor waits one interval
 * more; moving it to the floor would make a crowd there.
 */
export function randomPhase(pace: Pace): number {
  const pause = intervalPause(pace) * pace.clock.random();
  return pause < pace.minIntervalMs ? pause + intervalPause(pace) : pause;
}

/** The pause after `failures` failures in a row: the floor doubled each time, half of it random, and never below the floor. */
export function backoffPause(failures: number, { intervalMs, minIntervalMs, clock }: Pace): number {
  const ceiling = Math.min(intervalMs, MAX_BACKOFF_MS);
  const stepMs = Math.min(minIntervalMs * 2 ** (failures - 1), ceiling);
  return Math.max(minIntervalMs, stepMs / 2) + (stepMs / 2) * clock.random();
}
