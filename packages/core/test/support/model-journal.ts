import type { Clock } from "../../src/clock.js";
import { ManualClock } from "./manual-clock.js";

/** What happened in one life, in order. Many things happen at the same millisecond, so each one gets a number. */
export class Journal {
  readonly lines: string[] = [];
  readonly #time: ManualClock;
  #order = 0;

  constructor(time: ManualClock) {
    this.#time = time;
  }

  /** The number of something that happens now. */
  next(): number {
    this.#order += 1;
    return this.#order;
  }

  /** Notes something that happens now; returns its number. */
  note(text: string): number {
    this.lines.push(`${Math.round(this.#time.now() * 1e3) / 1e3} ms: ${text}`);
    return this.next();
  }
}

/** Everything of one kind that happened, and what of it is new since the last look. */
export class History<R> {
  readonly all: R[] = [];
  /** What came between the last two looks. */
  fresh: readonly R[] = [];
  #looked = 0;

  add(record: R): R {
    this.all.push(record);
    return record;
  }

  look(): void {
    this.fresh = this.all.slice(this.#looked);
    this.#looked = this.all.length;
  }
}

/** Seeded choices. */
export class Dice {
  readonly #random: ManualClock;

  constructor(seed: number) {
    this.#random = new ManualClock(seed);
  }

  chance(share: number): boolean {
    return this.#random.random() < share;
  }

  /** One of these; they must not be none. */
  pick<V>(values: readonly V[]): V {
    return values[Math.floor(this.#random.random() * values.length)] as V;
  }

  /** One of these, by weight. */
  weighted<V>(values: readonly (readonly [weight: number, value: V])[]): V {
    let left = this.#random.random() * values.reduce((sum, [weight]) => sum + weight, 0);
    const hit = values.find(([weight]) => {
      left -= weight;
      return left < 0;
    });
    return (hit ?? (values[0] as readonly [number, V]))[1];
  }
}

/** The poller's own view of a clock that others use as well: counts the timers that the poller has set. */
export class PollerClock implements Clock {
  readonly #time: ManualClock;
  readonly #timers = new Set<unknown>();
  /** Whether more timers were set at one moment than anything can explain; then no more are, or the life would never end. */
  isOverrun = false;
  #countedAt = 0;
  #count = 0;

  constructor(time: ManualClock) {
    this.#time = time;
  }

  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#time.now();
  }

  wallNow(): number {
    return this.#time.wallNow();
  }

  setTimeout(callback: () => void, delayMs: number): unknown {
    this.#count = this.#countedAt === this.now() ? this.#count + 1 : 1;
    this.#countedAt = this.now();
    this.isOverrun ||= this.#count > 5_000;
    if (this.isOverrun) return undefined;
    const handle = this.#time.setTimeout(() => {
      this.#timers.delete(handle);
      callback();
    }, delayMs);
    this.#timers.add(handle);
    return handle;
  }

  clearTimeout(handle: unknown): void {
    this.#timers.delete(handle);
    this.#time.clearTimeout(handle);
  }

  random(): number {
    return this.#time.random();
  }
}
