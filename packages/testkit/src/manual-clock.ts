import type { Clock } from "@rollcall/core";

interface Entry {
  readonly at: number;
  readonly callback: () => void;
}

/**
 * Time that passes only when a test says so, and randomness from a seed. Give it to a poller as its option `clock`; then a
 * test of ten minutes takes a millisecond and always runs the same.
 *
 * `now()` begins at 0 ms; `wallNow()` on a day in November 2023. Timers never keep the process alive.
 */
export class ManualClock implements Clock {
  #now = 0;
  #wallOffset = 1_700_000_000_000;
  readonly #timers = new Set<Entry>();
  #state: number;

  /** @param seed - of `random()`: the same seed gives the same numbers. Default 1. Any integer. */
  constructor(seed = 1) {
    this.#state = seed;
  }

  /** How many timers are set now. */
  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  wallNow(): number {
    return this.#now + this.#wallOffset;
  }

  setTimeout(callback: () => void, delayMs: number): unknown {
    const entry = { at: this.#now + Math.max(0, delayMs), callback };
    this.#timers.add(entry);
    return entry;
  }

  clearTimeout(handle: unknown): void {
    this.#timers.delete(handle as Entry);
  }

  /** mulberry32: small, seeded, good enough for tests. */
  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Lets time pass, in milliseconds, timer by timer, with {@link settle} before, between and after them. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#now = Math.max(this.#now, next.at);
      this.#timers.delete(next);
      next.callback();
      await settle();
    }
    this.#now = end;
    await settle();
  }

  /** Lets time pass, in milliseconds, at once, as after a laptop's sleep: timers fire late, in order. */
  async jump(ms: number): Promise<void> {
    this.#now += ms;
    await this.advance(0);
  }

  /** Moves the wall clock by so many milliseconds, while time goes on. */
  shiftWall(byMs: number): void {
    this.#wallOffset += byMs;
  }

  #next(until: number): Entry | undefined {
    let first: Entry | undefined;
    for (const entry of this.#timers) {
      if (entry.at <= until && (first === undefined || entry.at < first.at)) first = entry;
    }
    return first;
  }
}

/** Lets every promise that can settle without time or input do so: three turns of the event loop. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 3; round += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}
