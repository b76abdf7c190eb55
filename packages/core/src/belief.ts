import { reportHeld, reportRejected } from "./diagnostics.js";
import { DiscoveryError, textOf, toDiscoveryError } from "./discovery-error.js";
import type { Endpoint } from "./endpoint.js";
import { Listing } from "./listing.js";
import type { MetadataSource } from "./metadata-source.js";
import type { ResolvedOptions } from "./poller-options.js";
import type { AsideMember, Snapshot } from "./snapshot.js";

/** What an answer led to. `held`: its removals wait for confirmation; what it adds or moves is believed. */
export type Outcome = { readonly kind: "changed" | "unchanged" } | { readonly kind: "held"; readonly error: DiscoveryError };

/** Listed members that do not serve. Nobody is probed yet, so nobody is ever set aside. */
export const NOBODY_ASIDE: readonly AsideMember[] & readonly Endpoint[] = Object.freeze([]);

/**
 * What the poller believes about the cluster, and how one answer changes it: project, map, validate, reconcile with what is
 * listed, ask the guard, make a new version. Nothing here knows of time, sinks or sockets.
 */
export class Belief<T> {
  /** The newest version; the same object while nothing changes. */
  snapshot: Snapshot<T> | undefined;
  /** The last full answer, which may be newer than `snapshot.metadata` when only that differs. */
  previous: T | undefined;
  /** Suspicious answers in a row; empty ones are counted apart from those that list too few. */
  held = 0;
  #heldEmpty = false;
  readonly #source: MetadataSource<T>;
  readonly #options: ResolvedOptions;
  #listing = new Listing([]);

  constructor(source: MetadataSource<T>, options: ResolvedOptions) {
    this.#source = source;
    this.#options = options;
  }

  /**
   * Believes an answer as far as it deserves.
   * @param checkWanted - throws when nobody wants it any more; called once source and guard have had their say, since they may
   * have closed the poller
   * @throws DiscoveryError `MALFORMED_RESPONSE` when it cannot be read, `EMPTY_METADATA` when it lists nobody usable and the
   * guard does not allow that; what was believed before stays.
   */
  take(answer: T, checkWanted: () => void): Outcome {
    try {
      const next = this.#read(answer);
      const isEmpty = next.endpoints.length === 0;
      const streak = isEmpty === this.#heldEmpty ? this.held + 1 : 1;
      const believed = this.#isBelieved(next, streak);
      const changed = believed && this.#isNews(next, answer);
      checkWanted();
      this.held = believed ? 0 : streak;
      this.#heldEmpty = isEmpty;
      return believed ? this.#accept(next, answer, changed) : this.#hold(next, streak);
    } catch (error) {
      throw toDiscoveryError(error, this.#source.key, "MALFORMED_RESPONSE");
    }
  }

  #read(answer: T): Listing {
    const { key } = this.#source;
    return this.#listing.read(this.#source.endpoints(answer), this.#options.mapEndpoint, (entry, reason) => {
      reportRejected({ source: key, entry, reason });
    });
  }

  #isBelieved(next: Listing, streak: number): boolean {
    const unchanged = next === this.#listing && this.snapshot !== undefined;
    const removesNobody = unchanged || (next.endpoints.length > 0 && this.#listing.isKeptBy(next));
    return removesNobody || this.#askGuard(next, streak);
  }

  #askGuard(next: Listing, streak: number): boolean {
    let verdict: unknown;
    try {
      verdict = this.#options.guard(next.endpoints, this.#listing.endpoints, streak);
    } catch (error) {
      verdict = error;
    }
    if (typeof verdict === "boolean") return verdict;
    const message = `guard must return true or false, and not throw nor return a promise; it gave ${textOf(verdict)}`;
    throw new DiscoveryError("INVALID_OPTIONS", message, { source: this.#source.key, cause: verdict });
  }

  #isNews(next: Listing, answer: T): boolean {
    const { snapshot } = this;
    return snapshot === undefined || next !== this.#listing || this.#source.sameMetadata?.(snapshot.metadata, answer) === false;
  }

  #accept(next: Listing, answer: T, changed: boolean): Outcome {
    this.previous = answer;
    if (changed) this.#publish(next, answer);
    return { kind: changed ? "changed" : "unchanged" };
  }

  #hold(next: Listing, streak: number): Outcome {
    const { key } = this.#source;
    const { snapshot } = this;
    const listed = this.#listing.endpoints.length;
    const count = next.endpoints.length;
    reportHeld({ source: key, answer: next.endpoints, kept: this.#listing.endpoints, streak });
    if (count === 0 || snapshot === undefined) {
      throw new DiscoveryError("EMPTY_METADATA", `the answer lists nobody usable; ${listed} known endpoints stay in use`, { source: key });
    }
    const union = this.#listing.withoutRemovals(next);
    if (union !== this.#listing) this.#publish(union, this.previous ?? snapshot.metadata);
    const message = `the answer lists ${count} endpoints where ${listed} are known: removals are held until it is repeated (${streak} so far)`;
    return { kind: "held", error: new DiscoveryError("HELD", message, { source: key }) };
  }

  #publish(listing: Listing, metadata: T): void {
    this.#listing = listing;
    this.snapshot = Object.freeze({
      version: (this.snapshot?.version ?? 0) + 1,
      endpoints: listing.endpoints,
      aside: NOBODY_ASIDE,
      metadata,
      changedAt: this.#options.clock.wallNow(),
    });
  }
}
