import type { Endpoint } from "./endpoint.js";
import type { Select } from "./select.js";
import type { Diff, Snapshot, Status } from "./snapshot.js";

/**
 * How a client takes a new set of endpoints. Calls are made one at a time; while one is in progress, newer sets are
 * conflated and the newest is delivered next.
 */
export interface EndpointSink<T = unknown> {
  /**
   * Applies a new set. A returned promise is awaited. Throwing or rejecting means "not applied": the sink is told again
   * with backoff, with a diff against what it applied last. A sink keyed by address should reconcile from
   * `snapshot.endpoints`, because two ids may share or swap addresses.
   */
  update(snapshot: Snapshot<T>, diff: Diff): unknown;
  /** Told asynchronously after subscribing and whenever state, error, failures or held changed; conflated. */
  status?(status: Status): void;
}

/** A running subscription. Disposing is final and idempotent; no call follows it. */
export interface Subscription extends Disposable, AsyncDisposable {
  /** Stops at once; a call in progress is not waited for. */
  [Symbol.dispose](): void;
  /** Stops at once and waits for the call in progress. Must not be awaited inside that call. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** What one subscription asks for. */
export interface SubscribeOptions {
  /** Narrows the endpoints this sink sees. Default: all. */
  readonly select?: Select | undefined;
  /** Also call at every new version whose endpoints are the same, with an empty diff. Default: false. */
  readonly metadata?: boolean | undefined;
  /** Disposes the subscription when it fires. */
  readonly signal?: AbortSignal | undefined;
}

/** What a poller shows to its consumers. Every consumer takes this interface, never the class. */
export interface EndpointFeed<out T = unknown> {
  /** The current belief, read synchronously. Reading is not listening: it does not start the polling. */
  readonly snapshot: Snapshot<T> | undefined;
  /** How the polling is going. */
  readonly status: Status;
  /**
   * Resolves with the current snapshot if there is one, else waits through failures for the first.
   * Rejects with the cause as soon as a poll fails with an error that is not retryable, with `ABORTED` when `signal` fires (the last poll
   * error is its `cause`), and with `CLOSED` after close.
   */
  ready(options?: { readonly signal?: AbortSignal | undefined }): Promise<Snapshot<T>>;
  /**
   * Asks for a poll as soon as `minIntervalMs` allows, and resolves with the outcome of a fetch that started after this
   * call. May be ignored: it never causes an unhandled rejection. Any number of calls within one floor cost at most two
   * fetches. Rejects with that fetch's error (`HELD` when the guard held removals), `ABORTED` or `CLOSED`.
   * While it is pending the process stays alive; a mere hint gives a `signal` that has fired already: the poll comes all the
   * same while somebody listens, and nobody waits for it.
   */
  refresh(options?: { readonly reason?: string | undefined; readonly signal?: AbortSignal | undefined }): Promise<Snapshot<T>>;
  /**
   * "The member at this address just failed me." It is asked whether it serves, at most once per `minIntervalMs`, and stays in use
   * meanwhile; if it does not serve while others do, it is set aside until it does. A suspicion that sets somebody aside, or one at a source
   * that cannot ask, causes a poll, and while such polls bring nothing new they are spaced out up to `intervalMs`. `cause` is kept for
   * diagnostics. Ignored when nobody listens or the address is unknown.
   */
  suspect(at: Pick<Endpoint, "host" | "port">, options?: { readonly cause?: unknown }): void;
  /**
   * Delivers the current set asynchronously, then every change, until the subscription is disposed or the poller closes.
   * The poller asks the cluster only while somebody subscribes or waits.
   *
   * @throws DiscoveryError `INVALID_OPTIONS` for something that is no sink, `CLOSED` after close.
   */
  subscribe(sink: EndpointSink<T> | EndpointSink<T>["update"], options?: SubscribeOptions): Subscription;
}
