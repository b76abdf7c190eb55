import { type PollerOptions, type ResolvedOptions, resolveOptions } from "../../src/poller-options.js";
import { ManualClock } from "./manual-clock.js";

/** A manual clock whose dice always show one half, so that every pause is known; remembers which timers keep the process alive. */
export class SteadyClock extends ManualClock {
  readonly keptAlive: boolean[] = [];

  override setTimeout(callback: () => void, delayMs: number, keepAlive = false): unknown {
    this.keptAlive.push(keepAlive);
    return super.setTimeout(callback, delayMs);
  }

  override random(): number {
    return 0.5;
  }
}

/**
 * Options on a steady clock, 10 s interval and 1 s floor: the pause after a success is 10 s, a random phase 5 s, and backoff goes
 * 1 250, 1 500, 3 000, 6 000 ms.
 */
export function steady(options: PollerOptions = {}): ResolvedOptions & { readonly clock: SteadyClock } {
  const clock = new SteadyClock();
  return { ...resolveOptions({ intervalMs: 10_000, minIntervalMs: 1_000, clock, ...options }), clock };
}
