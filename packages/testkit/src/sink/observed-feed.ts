import type { Diff, EndpointFeed, EndpointSink, Snapshot, Status, SubscribeOptions, Subscription } from "@rollcall/core";

/** The feed of a real poller that watches the calls of the sinks on it, and can stretch them or let them fail late. */
export class ObservedFeed<T> implements EndpointFeed<T> {
  readonly #feed: EndpointFeed<T>;
  /** Subscriptions made so far. */
  subscriptions = 0;
  /** Calls of `update` so far. */
  calls = 0;
  /** Calls of `update` in progress. */
  running = 0;
  /** What sinks threw or rejected with, in order. */
  readonly thrown: unknown[] = [];
  /** What happens when the sink is done, before the poller hears of it; may throw, or return a promise. */
  afterCall: () => unknown = () => undefined;

  constructor(feed: EndpointFeed<T>) {
    this.#feed = feed;
  }

  get snapshot(): Snapshot<T> | undefined {
    return this.#feed.snapshot;
  }

  get status(): Status {
    return this.#feed.status;
  }

  ready(options?: { readonly signal?: AbortSignal | undefined }): Promise<Snapshot<T>> {
    return this.#feed.ready(options);
  }

  refresh(options?: { readonly reason?: string | undefined; readonly signal?: AbortSignal | undefined }): Promise<Snapshot<T>> {
    return this.#feed.refresh(options);
  }

  suspect(at: Parameters<EndpointFeed["suspect"]>[0], options?: { readonly cause?: unknown }): void {
    this.#feed.suspect(at, options);
  }

  subscribe(sink: EndpointSink<T> | EndpointSink<T>["update"], options?: SubscribeOptions): Subscription {
    const inner = typeof sink === "function" ? { update: sink } : sink;
    if (typeof inner?.update !== "function") return this.#feed.subscribe(sink, options); // which says what is wrong
    const observed: EndpointSink<T> = {
      update: (snapshot, diff) => this.#call(inner, snapshot, diff),
      status: (status) => this.#collect(() => inner.status?.(status)),
    };
    const subscription = this.#feed.subscribe(observed, options);
    this.subscriptions += 1;
    return subscription;
  }

  async #call(sink: EndpointSink<T>, snapshot: Snapshot<T>, diff: Diff): Promise<void> {
    this.calls += 1;
    this.running += 1;
    try {
      await this.#collect(() => sink.update(snapshot, diff));
      await this.afterCall();
    } finally {
      this.running -= 1;
    }
  }

  async #collect(call: () => unknown): Promise<void> {
    try {
      await call();
    } catch (error) {
      this.thrown.push(error);
      throw error;
    }
  }
}
