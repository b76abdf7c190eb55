import type { Subscription } from "./endpoint-feed.js";
import type { Snapshot } from "./snapshot.js";

type Result<T> = IteratorResult<Snapshot<T>, undefined>;
const END: { readonly done: true; readonly value: undefined } = { done: true, value: undefined };

/** Yields the newest version, each at most once. Subscribes at the first `next()`, so an iterator that nobody uses costs nothing. */
export class SnapshotIterator<T> implements AsyncIterableIterator<Snapshot<T>, undefined, undefined> {
  readonly #subscribe: (update: (snapshot: Snapshot<T>) => void) => Subscription;
  readonly #onEnd: () => void;
  #subscription: Subscription | undefined;
  #newest: Snapshot<T> | undefined;
  #over = false;
  readonly #waiting: ((result: Result<T>) => void)[] = [];

  constructor(subscribe: (update: (snapshot: Snapshot<T>) => void) => Subscription, onEnd: () => void) {
    this.#subscribe = subscribe;
    this.#onEnd = onEnd;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<Result<T>> {
    if (this.#over) return END;
    this.#subscription ??= this.#subscribe((snapshot) => this.#arrived(snapshot));
    const newest = this.#newest;
    this.#newest = undefined;
    if (newest !== undefined) return { done: false, value: newest };
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async return(): Promise<Result<T>> {
    if (!this.#over) {
      this.#over = true;
      this.#newest = undefined;
      this.#subscription?.[Symbol.dispose]();
      for (const resolve of this.#waiting.splice(0)) resolve(END);
      this.#onEnd();
    }
    return END;
  }

  #arrived(snapshot: Snapshot<T>): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#newest = snapshot;
    else waiting({ done: false, value: snapshot });
  }
}
