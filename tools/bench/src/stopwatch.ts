import { Bench } from "tinybench";
import type { Scale } from "./scale.js";

/** Something to time. */
export interface Candidate {
  readonly name: string;
  /** What is timed. */
  readonly run: () => unknown;
  /** Done before each run, and not timed. */
  readonly prepare?: (() => void) | undefined;
}

/**
 * Microseconds of processor time that one run of each candidate takes, by name, with the garbage collector's threads: the median of a
 * round, the best of all rounds. Time on the wall would count what else the machine does. The candidates take turns, so that what slows
 * the machine down for a while slows none of them alone. A run should take a millisecond or more.
 */
export async function timeInTurns(candidates: readonly Candidate[], { rounds, iterations }: Scale): Promise<ReadonlyMap<string, number>> {
  const best = new Map<string, number>();
  for (let round = 0; round < rounds; round += 1) {
    const bench = new Bench({ now: processorMs, time: 0, iterations, warmupTime: 0, warmupIterations: iterations, throws: true });
    for (const { name, run, prepare } of candidates) bench.add(name, run, { beforeEach: () => prepare?.() });
    for (const { name, result } of await bench.run()) {
      if (!("latency" in result)) throw new Error(`${name} was not timed: ${result.state}`);
      best.set(name, Math.min(best.get(name) ?? Number.POSITIVE_INFINITY, 1_000 * result.latency.p50));
    }
  }
  return best;
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** A value that must be there. */
export function of<K>(times: ReadonlyMap<K, number>, name: K): number {
  const time = times.get(name);
  if (time === undefined) throw new Error(`${String(name)} was not measured`);
  return time;
}
