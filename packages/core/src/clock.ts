import { performance } from "node:perf_hooks";

/** Time and randomness, injected so that every decision can be replayed in a test. */
export interface Clock {
  /** Monotonic milliseconds: everything that is scheduled or aged. */
  now(): number;
  /** Milliseconds since the epoch: only for people to read. */
  wallNow(): number;
  /**
   * Calls back once, after at least `delayMs`. A timer must not keep the process alive, except with `keepAlive`: somebody
   * awaits what it leads to.
   */
  setTimeout(callback: () => void, delayMs: number, keepAlive?: boolean): unknown;
  /** Forgets a timer; harmless when it has fired. */
  clearTimeout(handle: unknown): void;
  /** A number in [0, 1). */
  random(): number;
}

/** Node turns longer timeouts into 1 ms; whoever waits longer looks again when the timer fires. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** The real clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  setTimeout: (callback, delayMs, keepAlive = false) => {
    const timer = setTimeout(callback, Math.min(Math.ceil(delayMs), MAX_TIMEOUT_MS));
    return keepAlive ? timer : timer.unref();
  },
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
  random: () => Math.random(),
};
