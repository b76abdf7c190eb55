import type { Outcome } from "./belief.js";
import type { DiscoveryError } from "./discovery-error.js";
import type { ResolvedOptions } from "./poller-options.js";

/** How a poll ended. */
export type PollOutcome = Outcome | { readonly kind: "failed"; readonly error: DiscoveryError };

/** How the polling has gone so far. */
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

  /** Notes how a poll ended. */
  ended(outcome: PollOutcome): void {
    const { clock } = this.#options;
    this.error = "error" in outcome ? outcome.error : undefined;
    this.failures = outcome.kind === "failed" ? this.failures + 1 : 0;
    if (this.error === undefined) this.lastSuccess = { at: clock.now(), wallAt: clock.wallNow() };
  }
}
