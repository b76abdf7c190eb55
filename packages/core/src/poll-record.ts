import type { Outcome } from "./belief.js";
import type { DiscoveryError } from "./discovery-error.js";
import type { ResolvedOptions } from "./poller-options.js";
import type { Status } from "./snapshot.js";

/** How a poll ended. */
export type PollOutcome = Outcome | { readonly kind: "failed"; readonly error: DiscoveryError };

/** How the polling has gone so far. */
export class PollRecord {
  /** Failed polls in a row. */
  failures = 0;
  /** Why the last poll failed or was held. */
  error: DiscoveryError | undefined;
  /** Whether a set from a store is in use: good once, but nobody knows when. */
  restored = false;
  /** The end of the last successful poll, on both clocks. */
  lastSuccess: { readonly at: number; readonly wallAt: number } | undefined;
  readonly #options: ResolvedOptions;

  constructor(options: ResolvedOptions) {
    this.#options = options;
  }

  /** Milliseconds since the last success. */
  get ageMs(): number | undefined {
    return this.lastSuccess === undefined ? undefined : this.#options.clock.now() - this.lastSuccess.at;
  }

  /** When the last success becomes too old. */
  get staleAt(): number | undefined {
    return this.lastSuccess === undefined ? undefined : this.lastSuccess.at + this.#options.staleAfterMs;
  }

  /** When the belief becomes stale, if it is fresh. */
  get freshUntil(): number | undefined {
    return this.state === "fresh" ? this.staleAt : undefined;
  }

  get state(): "pending" | "fresh" | "stale" {
    if (this.staleAt === undefined) return this.restored ? "stale" : "pending";
    return this.#options.clock.now() >= this.staleAt ? "stale" : "fresh"; // the very sum that the timer waits for: sums of fractions round
  }

  /** How the polling is going, with what others know about it. */
  status(others: { closed: boolean; held: number; nextAt: number | undefined; aside: Status["aside"] }): Status {
    const { closed, held, nextAt, aside } = others;
    const { clock } = this.#options;
    const nextAttemptAt = nextAt === undefined ? undefined : clock.wallNow() + Math.max(0, nextAt - clock.now());
    const { error, failures, lastSuccess } = this;
    const state = closed ? "closed" : this.state;
    return Object.freeze({ state, error, failures, held, lastSuccessAt: lastSuccess?.wallAt, nextAttemptAt, aside });
  }

  /** Notes how a poll ended. */
  ended(outcome: PollOutcome): void {
    const { clock } = this.#options;
    this.error = "error" in outcome ? outcome.error : undefined;
    this.failures = outcome.kind === "failed" ? this.failures + 1 : 0;
    if (this.error === undefined) this.lastSuccess = { at: clock.now(), wallAt: clock.wallNow() };
  }
}
