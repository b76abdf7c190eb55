import type { Clock } from "./clock.js";

/** One thing that happens at one time. Setting it again moves it; a timer that fires too early waits for the rest. */
export class Timer {
  readonly #clock: Clock;
  readonly #callback: () => void;
  #handle: unknown;
  #dueAt: number | undefined;

  constructor(clock: Clock, callback: () => void) {
    this.#clock = clock;
    this.#callback = callback;
  }

  /** When it is due, on the monotonic clock; undefined while it is not set. */
  get dueAt(): number | undefined {
    return this.#dueAt;
  }

  /** Sets or moves it; undefined = never. */
  set(dueAt: number | undefined): void {
    this.clear();
    if (dueAt === undefined) return;
    this.#dueAt = dueAt;
    const delayMs = Math.max(0, dueAt - this.#clock.now());
    this.#handle = this.#clock.setTimeout(() => this.#fired(dueAt), delayMs);
  }

  clear(): void {
    if (this.#dueAt === undefined) return;
    this.#clock.clearTimeout(this.#handle);
    this.#handle = undefined;
    this.#dueAt = undefined;
  }

  #fired(dueAt: number): void {
    if (this.#clock.now() < dueAt) return this.set(dueAt);
    this.#handle = undefined;
    this.#dueAt = undefined;
    this.#callback();
  }
}
