import { checkOptionNames, invalid, signalProblem } from "./check-options.js";
import { Delivery, type DeliveryHost } from "./delivery.js";
import { reportChange, reportSinkError } from "./diagnostics.js";
import { rememberingDiff } from "./diff.js";
import { DiscoveryError } from "./discovery-error.js";
import type { EndpointFeed, EndpointSink, SubscribeOptions, Subscription } from "./endpoint-feed.js";
import { KeepAlive } from "./keep-alive.js";
import type { ResolvedOptions } from "./poller-options.js";
import type { Snapshot, Status } from "./snapshot.js";
import { SnapshotIterator } from "./snapshot-iterator.js";
import { Waiters } from "./waiters.js";

/** One object for all subscriptions: each keeps its options. */
const DEFAULTS: SubscribeOptions = Object.freeze({});

/** What the audience needs of its poller. */
export interface AudienceHost<T> {
  readonly feed: Pick<EndpointFeed<T>, "snapshot" | "status">;
  readonly key: string;
  readonly options: ResolvedOptions;
  /** Somebody came, so polling must go on. */
  joined(): void;
  /** Somebody left, perhaps the last one. */
  left(): void;
}

/** Everybody a poller works for: subscribed sinks, iterators, and callers that wait. It is the poller's reference count. */
export class Audience<T> {
  readonly #host: AudienceHost<T>;
  readonly #deliveryHost: DeliveryHost<T>;
  readonly #diff = rememberingDiff();
  readonly #deliveries = new Set<Delivery<T>>();
  readonly #iterators = new Set<SnapshotIterator<T>>();
  readonly #keepAlive: KeepAlive;
  readonly #waiters: Waiters<T>;
  #told: Status | undefined;

  constructor(host: AudienceHost<T>) {
    this.#host = host;
    this.#keepAlive = new KeepAlive(host.options.clock);
    this.#waiters = new Waiters(this.#keepAlive);
    this.#deliveryHost = {
      feed: host.feed,
      options: host.options,
      diff: this.#diff,
      sinkFailed: (error, failures) => reportSinkError({ source: host.key, error, failures }),
      left: (delivery) => {
        if (this.#deliveries.delete(delivery)) host.left();
      },
    };
  }

  get isEmpty(): boolean {
    return this.#deliveries.size === 0 && this.#waiters.size === 0;
  }

  /** @throws DiscoveryError `INVALID_OPTIONS`, or `CLOSED` */
  subscribe(sink: EndpointSink<T>, options: SubscribeOptions = DEFAULTS): Subscription {
    if (typeof sink?.update !== "function") throw invalid("sink", sink, "a function, or an object with update()");
    checkOptionNames("subscribe", options, ["select", "metadata", "signal"]);
    if (options.select !== undefined && typeof options.select !== "function") throw invalid("select", options.select, "a function");
    const problem = signalProblem(options.signal);
    if (problem !== undefined) throw problem;
    if (this.#isClosed) throw this.#closed();
    const delivery = new Delivery(this.#deliveryHost, sink, options);
    if (delivery.over) return delivery;
    this.#deliveries.add(delivery);
    this.#host.joined();
    queueMicrotask(() => {
      this.offerStatus(); // it may have changed while nobody listened
      delivery.offerStatus();
      delivery.offer();
    });
    return delivery;
  }

  iterate(): SnapshotIterator<T> {
    const iterator: SnapshotIterator<T> = new SnapshotIterator(
      (update) => {
        if (this.#isClosed) return undefined;
        this.#iterators.add(iterator);
        return this.subscribe({ update }, { metadata: true });
      },
      this.#keepAlive,
      () => this.#iterators.delete(iterator),
    );
    return iterator;
  }

  /** Waits for a snapshot, or for the outcome of a poll after number `afterPoll`. */
  wait(afterPoll: number | undefined, signal: AbortSignal | undefined): Promise<Snapshot<T>> {
    const { feed, key } = this.#host;
    const problem = signalProblem(signal);
    if (problem !== undefined) return this.#waiters.refuse(problem);
    const promise = this.#waiters.add(afterPoll, signal, () => {
      this.#host.left();
      const { error } = feed.status;
      const why = error ? `; last error: ${error.message}` : "";
      return new DiscoveryError("ABORTED", `the caller gave up waiting${why}`, { source: key, cause: error ?? signal?.reason });
    });
    if (this.#isClosed) this.#waiters.rejectAll(this.#closed());
    else if (this.#waiters.size > 0) this.#host.joined();
    return promise;
  }

  /** There is a new version; `before` is the one it replaces. */
  offer(before: Snapshot<T> | undefined): void {
    const { feed, key } = this.#host;
    const { snapshot } = feed;
    if (snapshot !== undefined) reportChange(key, snapshot, () => this.#diff(before?.endpoints ?? [], snapshot.endpoints));
    for (const delivery of this.#deliveries) delivery.offer();
  }

  /** The status may have changed in one of the fields that sinks are told of. */
  offerStatus(): void {
    const { status } = this.#host.feed;
    const told = this.#told;
    this.#told = status;
    const news = (["state", "error", "failures", "held"] as const).some((field) => told?.[field] !== status[field]);
    if (news) for (const delivery of this.#deliveries) delivery.offerStatus();
  }

  /** There is a first version, though not from a poll. */
  restored(): void {
    this.offer(undefined);
    this.offerStatus();
    this.#waiters.pollEnded(Number.NEGATIVE_INFINITY, this.#host.feed.snapshot, undefined);
  }

  /** A poll ended: settles the waiters that it answers. */
  pollEnded(poll: number, error: DiscoveryError | undefined): void {
    this.#waiters.pollEnded(poll, this.#host.feed.snapshot, error);
  }

  /** Nobody will be served any more. */
  close(): void {
    for (const iterator of this.#iterators) void iterator.return();
    for (const delivery of this.#deliveries) delivery[Symbol.dispose]();
    this.#waiters.rejectAll(this.#closed());
  }

  get #isClosed(): boolean {
    return this.#host.feed.status.state === "closed";
  }

  #closed(): DiscoveryError {
    return new DiscoveryError("CLOSED", "the poller is closed", { source: this.#host.key });
  }
}
