import { reportHeld, reportRejected } from "./diagnostics.js";
import { DiscoveryError, textOf, toDiscoveryError } from "./discovery-error.js";
import type { Endpoint } from "./endpoint.js";
import { Listing } from "./listing.js";
import type { MetadataSource } from "./metadata-source.js";
import type { ResolvedOptions } from "./poller-options.js";
import type { Snapshot } from "./snapshot.js";
import type { WhoServes } from "./who-serves.js";

/** What an answer led to. `held`: its removals wait for confirmation; what it adds or moves is believed. */
export type Outcome = { readonly kind: "changed" | "unchanged" } | { readonly kind: "held"; readonly error: DiscoveryError };

/**
 * What the poller believes about the cluster, and how one answer changes it: project, map, validate, reconcile with what is
 * listed, ask the guard, split it into whom to use and whom not, make a new version. Nothing here knows of sinks or sockets.
 */
export class Belief<T> {
  /** The newest version; the same object while nothing changes. */
  snapshot: Snapshot<T> | undefined;
  /** The last full answer, which may be newer than `snapshot.metadata` when only that differs. */
  previous: T | undefined;
  /** Suspicious answers in a row; empty ones are counted apart from those that list too few. */
  held = 0;
  #heldEmpty = false;
  /** Why an entry of the newest answer was rejected, as an error shows it: the first is enough. */
  #flaw = "";
  readonly #source: MetadataSource<T>;
  readonly #options: ResolvedOptions;
  readonly #whoServes: WhoServes;
  #listing = new Listing([]);

  constructor(source: MetadataSource<T>, options: ResolvedOptions, whoServes: WhoServes) {
    this.#source = source;
    this.#options = options;
    this.#whoServes = whoServes;
  }

  /** The members listed now: those in use first. */
  get known(): readonly Endpoint[] {
    const { endpoints = [], aside = [] } = this.snapshot ?? {};
    return aside.length === 0 ? endpoints : [...endpoints, ...aside];
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
      const news = believed && this.#saysMore(answer);
      const reported = believed ? this.#reported(answer) : undefined;
      checkWanted();
      this.held = believed ? 0 : streak;
      this.#heldEmpty = isEmpty;
      if (!believed) return this.#hold(next, streak);
      this.previous = answer;
      return { kind: this.#list(next, reported, answer, news) ? "changed" : "unchanged" };
    } catch (error) {
      throw toDiscoveryError(error, this.#source.key, "MALFORMED_RESPONSE");
    }
  }

  #read(answer: T): Listing {
    const { key } = this.#source;
    const entries = this.#source.endpoints(answer);
    if (typeof entries?.[Symbol.iterator] !== "function") throw Error("endpoints() returned no list");
    this.#flaw = "";
    return this.#listing.read(entries, this.#options.mapEndpoint, (entry, reason) => {
      this.#flaw ||= ` (${reason})`;
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
    const message = `guard must return true or false at once; it gave ${textOf(verdict)}`;
    throw new DiscoveryError("INVALID_OPTIONS", message, { source: this.#source.key, cause: verdict });
  }

  #saysMore(answer: T): boolean {
    const { snapshot } = this;
    return snapshot === undefined || this.#source.sameMetadata?.(snapshot.metadata, answer) === false;
  }

  #reported(answer: T): ReadonlySet<string> | undefined {
    return this.#source.unavailable === undefined ? undefined : new Set(this.#source.unavailable(answer));
  }

  #hold(next: Listing, streak: number): Outcome {
    const { key } = this.#source;
    const { snapshot } = this;
    const listed = this.#listing.endpoints.length;
    const count = next.endpoints.length;
    if (listed > 0) reportHeld({ source: key, answer: next.endpoints, kept: this.#listing.endpoints, streak });
    if (count === 0 || snapshot === undefined) {
      const message = `the answer lists nobody usable${this.#flaw}; ${listed} known endpoints stay in use`;
      throw new DiscoveryError("EMPTY_METADATA", message, { source: key });
    }
    const union = this.#listing.withoutRemovals(next);
    this.#list(union, undefined, this.previous ?? snapshot.metadata, false);
    const message = `the answer lists ${count} endpoints where ${listed} are known: removals are held until it is repeated (${streak} so far)`;
    return { kind: "held", error: new DiscoveryError("HELD", message, { source: key }) };
  }

  /**
   * Believes an answer from a store, unless a newer one is believed already or it cannot be read. Returns whether it does.
   * @param isWanted - asked once the source has had its say, since it may have closed the poller
   */
  restore(answer: T, isWanted: () => boolean): boolean {
    if (this.snapshot !== undefined) return false;
    try {
      const listing = this.#read(answer);
      const reported = this.#reported(answer);
      if (listing.endpoints.length === 0 || !isWanted()) return false;
      this.previous = answer;
      return this.#list(listing, reported, answer, true);
    } catch (error) {
      reportRejected({ source: this.#source.key, entry: answer, reason: `the stored answer is not used: ${textOf(error)}` });
      return false;
    }
  }

  /** Makes a new version if anybody's standing changed since the last. */
  restand(): boolean {
    return this.snapshot !== undefined && this.#publish(this.snapshot.metadata, false);
  }

  /** Lists these from now on. Returns whether that made a new version. */
  #list(listing: Listing, reported: ReadonlySet<string> | undefined, metadata: T, news: boolean): boolean {
    this.#listing = listing;
    this.#whoServes.listed(listing, reported);
    return this.#publish(metadata, news);
  }

  #publish(metadata: T, news: boolean): boolean {
    const { endpoints, aside } = this.#whoServes.split(this.#listing);
    const { snapshot } = this;
    if (!news && snapshot?.endpoints === endpoints && snapshot.aside === aside) return false;
    const version = (snapshot?.version ?? 0) + 1;
    this.snapshot = Object.freeze({ version, endpoints, aside, metadata, changedAt: this.#options.clock.wallNow() });
    return true;
  }
}
