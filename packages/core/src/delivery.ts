import { type diffEndpoints, isEmptyDiff } from "./diff.js";
import type { Endpoint } from "./endpoint.js";
import type { EndpointFeed, EndpointSink, SubscribeOptions, Subscription } from "./endpoint-feed.js";
import { onAbort } from "./on-abort.js";
import { backoffPause } from "./poll-schedule.js";
import type { ResolvedOptions } from "./poller-options.js";
import { selectView } from "./select.js";
import { Timer } from "./timer.js";

/** What deliveries need of their poller; one object for all of them. */
export interface DeliveryHost<T> {
  readonly feed: Pick<EndpointFeed<T>, "snapshot" | "status">;
  readonly options: ResolvedOptions;
  readonly diff: typeof diffEndpoints;
  /** A sink failed for the `failures`th time in a row. */
  sinkFailed(error: unknown, failures: number): void;
  /** The subscription ended. */
  left(delivery: Delivery<T>): void;
}

const NOTHING: readonly Endpoint[] = Object.freeze([]);

/**
 * One subscription: brings one sink from the set it applied last to the newest one, one call at a time. It is either idle,
 * waiting for the sink (`#inProgress`), waiting to try again (`#retry`), or over.
 */
export class Delivery<T> implements Subscription {
  readonly #host: DeliveryHost<T>;
  readonly #sink: EndpointSink<T>;
  readonly #options: SubscribeOptions;
  #over = false;
  #inProgress: Promise<void> | undefined;
  #retry: Timer | undefined;
  #failures = 0;
  /** The view and the version that the sink applied last. */
  #applied = NOTHING;
  #appliedVersion = 0;
  #statusPending = false;
  readonly #stopListening: () => void = () => undefined;

  constructor(host: DeliveryHost<T>, sink: EndpointSink<T>, options: SubscribeOptions) {
    this.#host = host;
    this.#sink = sink;
    this.#options = options;
    this.#stopListening = onAbort(options.signal, () => this[Symbol.dispose]());
  }

  /** Whether it was disposed; its signal may have fired before it began. */
  get over(): boolean {
    return this.#over;
  }

  /** Tells the sink what it does not know yet, unless it is busy; then it is told when it is done. */
  offer(): void {
    const { snapshot } = this.#host.feed;
    if (this.#over || snapshot === undefined || this.#inProgress !== undefined || this.#retry?.dueAt !== undefined) return;
    if (snapshot.version === this.#appliedVersion) return;
    try {
      const view = selectView(this.#options.select, snapshot, this.#applied);
      const diff = this.#host.diff(this.#applied, view.endpoints);
      const news = !isEmptyDiff(diff) || this.#appliedVersion === 0 || this.#options.metadata === true;
      if (!news) return this.#done(snapshot.version, this.#applied);
      if (this.over) return; // the selection ended the subscription
      const answer = this.#sink.update(view, diff);
      if (!isThenable(answer)) return this.#done(snapshot.version, view.endpoints);
      this.#inProgress = this.#follow(answer, snapshot.version, view.endpoints);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Tells the sink how the polling is going, soon and once. */
  offerStatus(): void {
    if (this.#sink.status === undefined || this.#statusPending || this.#over) return;
    this.#statusPending = true;
    queueMicrotask(() => {
      this.#statusPending = false;
      if (this.#over) return;
      try {
        const answer: unknown = this.#sink.status?.(this.#host.feed.status);
        if (isThenable(answer)) answer.then(undefined, (error: unknown) => this.#host.sinkFailed(error, this.#failures));
      } catch (error) {
        this.#host.sinkFailed(error, this.#failures);
      }
    });
  }

  [Symbol.dispose](): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopListening();
    this.#retry?.clear();
    this.#host.left(this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
    await this.#inProgress;
  }

  async #follow(answer: PromiseLike<unknown>, version: number, view: readonly Endpoint[]): Promise<void> {
    try {
      await answer;
      this.#inProgress = undefined;
      this.#done(version, view);
    } catch (error) {
      this.#inProgress = undefined;
      this.#failed(error);
    }
    this.offer();
  }

  #done(version: number, view: readonly Endpoint[]): void {
    this.#failures = 0;
    this.#applied = view;
    this.#appliedVersion = version;
  }

  #failed(error: unknown): void {
    this.#failures += 1;
    this.#host.sinkFailed(error, this.#failures);
    if (this.#over) return;
    const { clock } = this.#host.options;
    this.#retry ??= new Timer(clock, () => this.offer());
    this.#retry.set(clock.now() + backoffPause(this.#failures, this.#host.options));
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === "function";
}
