import type { PollOutcome } from "../../src/poll-record.js";
import { PollTiming } from "../../src/poll-timing.js";
import { steady } from "./steady-clock.js";

/** A fetch whose source has settled. */
export const SETTLED = { alive: false };

/** A timing that has begun, whose polls end when the test says so. */
export function begun() {
  const options = steady();
  const polls: number[] = [];
  const timing: PollTiming = new PollTiming(options, () => {
    polls.push(options.clock.now());
    timing.pollStarted();
  });
  timing.begin();
  /** Ends a poll now, and says how long from now the next one starts. */
  const end = (kind: PollOutcome["kind"], fetch = SETTLED, failures = kind === "failed" ? 1 : 0): number => {
    timing.pollEnded(fetch, kind, failures);
    return pause();
  };
  const pause = (): number => Math.max(0, (timing.nextAt ?? Number.NaN) - options.clock.now());
  return { clock: options.clock, timing, polls, end, pause };
}

/** After the random phase: pauses are whole intervals now. It is 5 000. */
export async function inPhase() {
  const all = begun();
  await all.clock.advance(0);
  all.end("changed");
  await all.clock.advance(5_000);
  return all;
}
