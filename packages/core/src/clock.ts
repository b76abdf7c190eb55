import { performance } from "node:perf_hooks";

/** Time and randomness, injected so that every decision can be replayed in a test. */
export interface Clock {
  /** Monotonic milliseconds: everything that is scheduled or aged. */
  now(): number;
  /** Milliseconds since the epoch: only for people to read. */
  wallNow(): number;
  /** Calls back once, after at least `delayMs`; must not keep the process alive. */
  setTimeout(callback: () => void, delayMs: number): unknown;
  /** Forgets a timer; harmless when it has fired. */
  clearTimeout(handle: unknown): void;
  /** A number in [0, 1). */
  random(): number;
}

/** Node sets longer timeouts to 1 ms; whoever waits longer looks again when the timer fires. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** The real clock. Its timers are unref'd: a poller alone keeps no process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, Math.min(Math.ceil(delayMs), MAX_TIMEOUT_MS)).unref(),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
  random: () => Math.random(),
};
