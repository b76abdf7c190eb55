import { DiscoveryError, type EndpointFeed, MetadataPoller, type MetadataSource, type Snapshot } from "@rollcall/core";
import type { Channel, ToPoller, ToWorker } from "./worker-channel.js";
import { WorkerQuestions } from "./worker-questions.js";

/** Of questions to the other end, which cost the cluster nothing: they also find out that it hangs. */
const PACE = { intervalMs: 10_000, minIntervalMs: 10, timeoutMs: 5_000 };

/**
 * The feed that the main thread, or the parent process, shares with `shareFeed`, for any number of clients in this one. A poller of its own
 * asks there instead of asking the cluster, so whatever a poller promises to its sinks holds here, too. What to believe is decided there;
 * `suspect` and `refresh` are passed on. `status` is that of the asking, with the errors from there.
 *
 * It is closed when whoever polls says that there will be nothing more. When that thread or process is just gone, the last set stays in use and
 * becomes stale.
 */
export class WorkerFeed<T extends object> implements EndpointFeed<T>, AsyncDisposable {
  readonly #channel: Channel<ToPoller, ToWorker<T>>;
  readonly #questions: WorkerQuestions<T>;
  readonly #poller: MetadataPoller<T>;
  readonly #leave: () => void;
  /** What metadata came with: versions and sets of the other end. */
  readonly #given = new WeakMap<T, Snapshot<T>>();
  #changed: () => void = () => undefined;

  constructor(channel: Channel<ToPoller, ToWorker<T>>) {
    this.#channel = channel;
    this.#questions = new WorkerQuestions((message) => channel.post(message));
    this.#poller = new MetadataPoller(this.#source(), { ...PACE, guard: () => true });
    this.#leave = channel.listen(
      (message) => this.#hear(message),
      () => this.#gone(),
    );
  }

  get snapshot(): Snapshot<T> | undefined {
    return this.#poller.snapshot;
  }

  get status(): EndpointFeed<T>["status"] {
    return this.#poller.status;
  }

  readonly ready: EndpointFeed<T>["ready"] = (options) => this.#poller.ready(options);
  readonly subscribe: EndpointFeed<T>["subscribe"] = (sink, options) => this.#poller.subscribe(sink, options);
  readonly suspect: EndpointFeed<T>["suspect"] = ({ host, port }, { cause } = {}) =>
    this.#channel.post({ type: "suspect", at: { host, port }, cause: cause === undefined ? undefined : String(cause) });
  readonly refresh: EndpointFeed<T>["refresh"] = ({ reason, signal } = {}) => {
    const outcome = this.#questions.refresh(reason, signal).then(() => this.#poller.refresh({ signal }));
    outcome.catch(() => undefined); // whoever ignores the promise ignores its failure
    return outcome;
  };

  /** Ends this feed; the poller goes on for others. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#questions.end(new DiscoveryError("CLOSED", "the feed is closed", { source: "worker" }));
    await this.#poller.close();
    this.#leave();
  }

  #hear(message: ToWorker<T>): void {
    if (message.type === "answer") this.#questions.answered(message.id, message);
    else if (message.type === "changed") this.#changed();
    else void this[Symbol.asyncDispose]();
  }

  #gone(): void {
    this.#questions.end(new DiscoveryError("UNAVAILABLE", "the thread or process that polls is gone", { source: "worker" }));
    this.#changed(); // asks in vain, so that the status says it
  }

  #source(): MetadataSource<T> {
    const given = (metadata: T | undefined): Snapshot<T> | undefined => metadata && this.#given.get(metadata);
    return {
      key: "worker",
      fetch: async ({ signal, previous }) => {
        const { snapshot, error } = await this.#questions.ask({ have: given(previous)?.version }, signal);
        if (snapshot !== undefined) {
          this.#given.set(snapshot.metadata, snapshot);
          if (error !== undefined) this.#changed(); // the next question brings nothing new, and fails with it
          return snapshot.metadata;
        }
        if (error !== undefined) throw new DiscoveryError(error.code, error.text, error);
        if (previous === undefined) throw new DiscoveryError("UNAVAILABLE", "nothing is known there yet", { source: "worker" });
        return previous;
      },
      endpoints: (metadata) => [...(given(metadata)?.endpoints ?? []), ...(given(metadata)?.aside ?? [])],
      unavailable: (metadata) => (given(metadata)?.aside ?? []).map(({ id }) => id),
      sameMetadata: (before, after) => given(before)?.version === given(after)?.version,
      watch: ({ signal, changed }) => {
        this.#changed = changed;
        this.#channel.post({ type: "listen", on: true });
        signal.addEventListener("abort", () => this.#channel.post({ type: "listen", on: false }));
      },
    };
  }
}
