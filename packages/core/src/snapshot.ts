import type { DiscoveryError } from "./discovery-error.js";
import type { Endpoint } from "./endpoint.js";

/**
 * What the poller believes at one version. Deeply frozen except for `metadata`, which is the source's own answer.
 * While nothing changes, it is the same object.
 */
export interface Snapshot<out T = unknown> {
  /** Starts at 1 and grows by one whenever `endpoints`, `aside` or declared metadata changed. */
  readonly version: number;
  /** Whom to use: sorted by id, ids unique. Never empty unless the guard allows it. */
  readonly endpoints: readonly Endpoint[];
  /** Members that are listed but do not serve now; shares no id with `endpoints`. */
  readonly aside: readonly Endpoint[];
  /** The answer this version was built from (while removals are held: the last full answer). */
  readonly metadata: T;
  /** When this version was made, in milliseconds since the epoch. */
  readonly changedAt: number;
}

/** What separates two endpoint lists. All three lists are sorted by id. */
export interface Diff {
  /** Ids that were not there before. */
  readonly added: readonly Endpoint[];
  /** Ids that are no longer there, as they were. */
  readonly removed: readonly Endpoint[];
  /** The same id with another address or other attributes. */
  readonly changed: readonly (readonly [before: Endpoint, after: Endpoint])[];
}

/** How the polling is going. Information only: a bad status never removes an endpoint. */
export interface Status {
  /**
   * `pending`: no snapshot yet. `fresh`: the last success is younger than `staleAfterMs`. `stale`: it is older; the
   * snapshot stays in use. `closed`: the poller has been closed.
   */
  readonly state: "pending" | "fresh" | "stale" | "closed";
  /** Why the last poll failed; absent after a success. */
  readonly error?: DiscoveryError | undefined;
  /** Failed polls in a row. */
  readonly failures: number;
  /** Suspicious answers in a row whose removals the guard is holding back. */
  readonly held: number;
  /** End of the last successful poll, in milliseconds since the epoch. */
  readonly lastSuccessAt?: number | undefined;
  /** When the next poll is due, in milliseconds since the epoch; absent while nobody listens or a poll is running. */
  readonly nextAttemptAt?: number | undefined;
  /** Why each listed member that is set aside is not used now. */
  readonly aside: readonly {
    /** The endpoint's id. */
    readonly id: string;
    /** Not asked yet, said no, said nothing, or reported as down by the cluster itself. */
    readonly reason: "newcomer" | "refused" | "silent" | "reported";
    /** Since when, in milliseconds since the epoch. */
    readonly since: number;
    /** What its last probe ended with. */
    readonly error?: unknown;
  }[];
}
