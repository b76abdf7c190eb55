import type { Clock } from "@rollcall/core";

/** Asks what may fail or hang, and waits for it only so long. */
export class Patience {
  readonly #clock: Clock;
  readonly #waitMs: number;
  readonly #waits = new Set<AbortController>();

  constructor(clock: Clock, waitMs: number) {
    this.#clock = clock;
    this.#waitMs = waitMs;
  }

  /** What `ask` resolves with; undefined if it fails, takes longer, or this ends meanwhile: then its signal fires. Never rejects. */
  async of<R>(ask: (signal: AbortSignal) => Promise<R>): Promise<R | undefined> {
    const wait = new AbortController();
    const { signal } = wait;
    const over = new Promise<undefined>((resolve) => signal.addEventListener("abort", () => resolve(undefined), { once: true }));
    // Somebody awaits this, so the process has to stay.
    const timer = this.#clock.setTimeout(() => wait.abort(), this.#waitMs, true);
    this.#waits.add(wait);
    const answer = Promise.resolve(signal).then(ask);
    const result = await Promise.race([answer.catch(() => undefined), over]);
    this.#clock.clearTimeout(timer);
    this.#waits.delete(wait);
    return result;
  }

  /** Nobody waits any longer for what was asked until now. */
  end(): void {
    for (const wait of this.#waits) wait.abort();
  }
}
