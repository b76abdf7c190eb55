import type { Clock, Endpoint } from "@rollcall/core";
import type { Same } from "./comparisons.js";

/** What a naive poller is made of. */
export interface NaiveOptions {
  /** Asks the cluster once. */
  readonly ask: (signal: AbortSignal) => Promise<readonly Endpoint[]>;
  readonly same: Same;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/**
 * The poller that everybody writes first: asks at a fixed interval with a deadline, compares the answer as a whole, calls the sinks in
 * an array. No jitter, backoff, floor, validation, guard, diff, nor protection of one sink from another.
 */
export class NaivePoller {
  members: readonly Endpoint[] = [];
  readonly sinks: ((members: readonly Endpoint[]) => void)[] = [];
  readonly #options: NaiveOptions;
  #timer: unknown;

  constructor(options: NaiveOptions) {
    this.#options = options;
  }

  /** Asks now, and then at every interval. */
  async poll(): Promise<void> {
    const { ask, same, intervalMs, timeoutMs, clock } = this.#options;
    this.#timer = clock.setTimeout(() => void this.poll(), intervalMs);
    const deadline = new AbortController();
    const timeout = clock.setTimeout(() => deadline.abort(), timeoutMs);
    const members = await ask(deadline.signal);
    clock.clearTimeout(timeout);
    if (same(this.members, members)) return;
    this.members = members;
    for (const sink of this.sinks) sink(members);
  }

  /** No further poll. */
  stop(): void {
    this.#options.clock.clearTimeout(this.#timer);
  }
}
