import { invalid } from "./check-options.js";
import { DiscoveryError } from "./discovery-error.js";
import type { MetadataPoller } from "./metadata-poller.js";

/** What the registry asks of a poller, whatever it polls. */
type Shared = Pick<MetadataPoller<unknown>, "status" | "close">;

/**
 * Shares pollers by key, for code that cannot pass the object around. What a key means, and so the type of what is polled, is
 * its users' own agreement; a key holds no secret.
 */
export class PollerRegistry implements AsyncDisposable {
  readonly #pollers = new Map<string, Shared>();
  /** Closed pollers are looked for when there are as many as this: seldom enough to cost nothing, often enough to keep few. */
  #searchAt = 1;
  #closing: Promise<void> | undefined;

  /**
   * The poller of a key: the one it has, or what `create` makes if it has none or somebody closed it. `create` may use the
   * registry; what it throws is passed on, and nothing is kept.
   *
   * @param key - any text but the empty one
   * @throws DiscoveryError `INVALID_OPTIONS`, or `CLOSED` after the registry was disposed
   */
  get<T>(key: string, create: () => MetadataPoller<T>): MetadataPoller<T> {
    if (typeof key !== "string" || key === "") throw invalid("PollerRegistry key", key, "text that is not empty");
    if (typeof create !== "function") throw invalid("PollerRegistry create", create, "a function that makes a MetadataPoller");
    return (this.#find(key) ?? this.#add(key, create())) as MetadataPoller<T>;
  }

  /** Closes every poller for good. Idempotent. Rejects with an `AggregateError` when sources fail to close. */
  [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing === undefined) {
      this.#closing = this.#closeAll();
      this.#closing.catch(() => undefined); // whoever ignores the promise ignores its failure
    }
    return this.#closing;
  }

  #find(key: string): Shared | undefined {
    if (this.#closing !== undefined) throw new DiscoveryError("CLOSED", "the registry was disposed", { source: "core" });
    const poller = this.#pollers.get(key);
    return poller?.status.state === "closed" ? undefined : poller;
  }

  /** Keeps a new poller, unless `create` ended the registry, or gave the key another one: then that one is it. */
  #add(key: string, made: Shared): Shared {
    if (typeof made?.close !== "function") throw invalid("PollerRegistry create, its result", made, "a MetadataPoller");
    if (this.#closing !== undefined) void made.close();
    const known = this.#find(key);
    if (known === undefined) this.#keep(key, made);
    else if (known !== made) void made.close();
    return known ?? made;
  }

  #keep(key: string, poller: Shared): void {
    if (this.#pollers.size >= this.#searchAt) {
      this.#dropClosed();
      this.#searchAt = 2 * this.#pollers.size + 1;
    }
    this.#pollers.set(key, poller);
  }

  #dropClosed(): void {
    for (const [key, { status }] of this.#pollers) if (status.state === "closed") this.#pollers.delete(key);
  }

  async #closeAll(): Promise<void> {
    await undefined; // whoever is told of a poller's end finds the registry closed
    this.#dropClosed();
    const ends = await Promise.allSettled([...this.#pollers.values()].map((poller) => poller.close()));
    this.#pollers.clear();
    const errors = ends.flatMap((end) => (end.status === "rejected" ? [end.reason] : []));
    if (errors.length > 0) throw new AggregateError(errors, `${errors.length} of ${ends.length} pollers did not close cleanly`);
  }
}
