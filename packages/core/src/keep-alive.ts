import type { Clock } from "./clock.js";

const LONG_MS = 86_400_000;

/** Keeps the process alive while somebody awaits a promise of ours; without it Node would exit with the promise unsettled. */
export class KeepAlive {
  readonly #clock: Clock;
  #holders = 0;
  #timer: unknown;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  hold(): void {
    this.#holders += 1;
    if (this.#holders === 1) this.#arm();
  }

  release(): void {
    this.#holders -= 1;
    if (this.#holders === 0) this.#clock.clearTimeout(this.#timer);
  }

  #arm(): void {
    this.#timer = this.#clock.setTimeout(() => this.#arm(), LONG_MS, true);
  }
}
