import type { Endpoint, MapEndpoint } from "./endpoint.js";

/** What a source is told when it is asked. */
export interface FetchContext<T> {
  /** Fires when the poll has taken `timeoutMs`, or when nobody wants the answer any more; settle soon after. */
  readonly signal: AbortSignal;
  /** The last full answer that was believed. */
  readonly previous: T | undefined;
  /**
   * The members known now, those in use first, then those set aside. Good candidates to ask. The id is what the cluster says, host and
   * port are as mapped: where they can be dialled.
   */
  readonly known: readonly Endpoint[];
  /** Those of `known` that are set aside: not the first to ask. Absent: nobody. */
  readonly aside?: readonly Endpoint[] | undefined;
  /** When `signal` will fire at the latest, in milliseconds from the call. Absent: unknown. */
  readonly timeoutMs?: number | undefined;
  /** Failed polls in a row before this one. */
  readonly attempt: number;
  /** The poller's option, for a source that connects to members which only this answer lists. */
  readonly mapEndpoint?: MapEndpoint | undefined;
}

/** How a source takes part in the life of the polling. */
export interface WatchContext {
  /** Fires when polling ends (nobody listens, or the poller closed): release sockets and leases. */
  readonly signal: AbortSignal;
  /** "Please ask": polls as soon as `minIntervalMs` allows. Does nothing after `signal` has fired. */
  readonly changed: () => void;
}

/**
 * How to ask one kind of cluster for its own metadata. A provider writes one of these; the poller decides when to ask,
 * what to believe and whom to tell.
 *
 * @typeParam T - the answer. Make it plain JSON data (64-bit ids as strings), so that it can be logged, stored and sent.
 */
export interface MetadataSource<T> {
  /** What is asked, for logs and errors. Never a secret. */
  readonly key: string;
  /**
   * How often every member is also asked without suspicion, in milliseconds, where the cluster's own list knows nothing of health.
   * Default: never. At least 0; less than `minIntervalMs` counts as that. The poller's option `probe.everyMs` goes first.
   */
  readonly probeEveryMs?: number | undefined;
  /**
   * Asks the cluster once. Rejects with a `DiscoveryError` where it can classify the failure; anything else counts as
   * `UNAVAILABLE`. Must reject rather than return part of an answer.
   */
  fetch(context: FetchContext<T>): Promise<T>;
  /** Everything the answer lists. Pure. A bad entry is dropped and reported; it never fails the rest. */
  endpoints(metadata: T): Iterable<Endpoint>;
  /** Ids of listed members that the cluster itself reports as down: they are set aside and not asked. Pure. */
  unavailable?(metadata: T): Iterable<string>;
  /**
   * Whether two answers with the same endpoints also say the same otherwise. Pure. When it returns false, a new version
   * with the same `endpoints` array is published. Absent: only endpoints count.
   */
  sameMetadata?(before: T, after: T): boolean;
  /**
   * Asks one member, at its address as mapped, whether it serves: resolves if it does, rejects if it does not. Must be cheap, and needs no
   * retries. The signal fires when the member has been silent for too long, or when nobody wants to know any more; a probe that goes on all
   * the same holds its sockets, and the member is asked again meanwhile.
   */
  probe?(endpoint: Endpoint, context: { readonly signal: AbortSignal }): Promise<void>;
  /** Called each time polling begins. */
  watch?(context: WatchContext): void;
  /**
   * Turns an answer that went through a store, which may be JSON, back into one. Pure. Throws for what it cannot take back: then polling
   * begins as if nothing had been stored, and `rollcall:rejected` says why. The poller's option `store` needs it.
   */
  restore?(stored: unknown): T;
  /** Called once, when the poller closes. */
  close?(): Promise<void>;
}

/**
 * Addresses to start from, as the provider writes them (`host:port`, a URL): a list, or a function that is asked again
 * on every round that reaches it.
 */
export type Seeds = readonly string[] | ((options: { readonly signal: AbortSignal }) => Promise<readonly string[]>);
