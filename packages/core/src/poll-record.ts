import type { Outcome } from "./belief.js";
import type { DiscoveryError } from "./discovery-error.js";
import { backoffPause, intervalPause, randomPhase } from "./poll-schedule.js";
import type { ResolvedOptions } from "./poller-options.js";

/** How a poll ended. */
export type PollOutcome = Outcome | { readonly kind: "failed"; readonly error: DiscoveryError };

/** How the polling has gone so far, and what that means for the next pause. */
export class PollRecord {
  /** Failed polls in a row. */
  failures = 0;
  /** Why the last poll failed or was held. */
  error: DiscoveryError | undefined;
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

  get state(): "pending" | "fresh" | "stale" {
    if (this.ageMs === undefined) return "pending";
    return this.ageMs >= this.#options.staleAfterMs ? "stale" : "fresh";
  }

  /** Notes how a poll ended, and says how long to pause after it. */
  ended(outcome: PollOutcome): number {
    const { clock, minIntervalMs } = this.#options;
    this.error = "error" in outcome ? outcome.error : undefined;
    if (outcome.kind === "failed") return backoffPause(++this.failures, this.#options);
    const releasedTogether = this.lastSuccess === undefined || this.failures > 0;
    this.failures = 0;
    if (outcome.kind === "held") return minIntervalMs;
    this.lastSuccess = { at: clock.now(), wallAt: clock.wallNow() };
    return releasedTogether ? randomPhase(this.#options) : intervalPause(this.#options);
  }
}
