import { type Clock, MetadataPoller } from "@rollcall/core";
import { BenchClock } from "./bench-clock.js";
import { counted, type Figure } from "./figure.js";
import { freshMembers } from "./members.js";
import { NaivePoller } from "./naive-poller.js";
import type { Scale } from "./scale.js";

const TIMING = { intervalMs: 30_000, timeoutMs: 10_000 } as const;
const MAX_AT_FIRST = 1.4;
const MAX_LATER = 1.25;

/** Makes one poller that calls `asked` whenever it asks, and starts it. */
type Start = (clock: Clock, asked: () => void) => void;

/** How evenly a fleet asks that was started in one moment: the busiest second against the mean one, after the burst of the start itself. */
export async function herd(scale: Scale): Promise<readonly Figure[]> {
  const rollcall = await asksPerSecond(startRollcall, scale.herd);
  const naive = await asksPerSecond(startNaive, scale.herd);
  const figure = (what: string, atMost: number, from: number, to?: number): Figure => ({
    what: `herd of ${counted(scale.herd.pollers)}, ${what}`,
    unit: "peak/mean",
    value: peakToMean(rollcall.slice(from, to)),
    budget: { atMost },
    alternatives: { "setInterval, array": peakToMean(naive.slice(from, to)) },
  });
  return [figure("first minute after the burst", MAX_AT_FIRST, 1, 61), figure("later", MAX_LATER, 61)];
}

/** The busiest second, as a multiple of the mean one. */
export function peakToMean(counts: readonly number[]): number {
  return (Math.max(...counts) * counts.length) / counts.reduce((sum, count) => sum + count, 0);
}

/** How often the fleet asks in each second; in the first one everybody does. */
async function asksPerSecond(start: Start, { pollers, minutes }: Scale["herd"]): Promise<readonly number[]> {
  const clock = new BenchClock();
  const counts = Array.from({ length: 60 * minutes + 1 }, () => 0);
  const asked = (): void => {
    const second = Math.floor(clock.now() / 1_000);
    counts[second] = (counts[second] ?? 0) + 1;
  };
  for (let left = pollers; left > 0; left -= 1) start(clock, asked);
  // The last millisecond belongs to a second that is not complete.
  await clock.advance(1_000 * counts.length - 1);
  return counts;
}

const MEMBERS = freshMembers(3);

function startRollcall(clock: Clock, asked: () => void): void {
  const fetch = async (): Promise<typeof MEMBERS> => {
    asked();
    return MEMBERS;
  };
  new MetadataPoller({ key: "bench", fetch, endpoints: (members) => members }, { ...TIMING, clock }).subscribe(() => undefined);
}

function startNaive(clock: Clock, asked: () => void): void {
  const ask = async (): Promise<typeof MEMBERS> => {
    asked();
    return MEMBERS;
  };
  void new NaivePoller({ ask, same: () => true, clock, ...TIMING }).poll();
}
