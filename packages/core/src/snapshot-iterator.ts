import type { Subscription } from "./endpoint-feed.js";
import type { KeepAlive } from "./keep-alive.js";
import type { Snapshot } from "./snapshot.js";

type Result<T> = IteratorResult<Snapshot<T>, undefined>;
const END: { readonly done: true; readonly value: undefined } = { done: true, value: undefined };

/** Yields the newest version, each at most once. Subscribes at the first `next()`, so an iterator that nobody uses costs nothing. */
export class SnapshotIterator<T> implements AsyncIterableIterator<Snapshot<T>> {
  readonly #subscribe: (update: (snapshot: Snapshot<T>) => void) => Subscription | undefined;
  readonly #keepAlive: KeepAlive;
  readonly #onEnd: () => void;
  #subscription: Subscription | undefined;
  #newest: Snapshot<T> | undefined;
  #over = false;
  readonly #waiting: ((result: Result<T>) => void)[] = [];

  /** @param subscribe - returns undefined when there is nothing to subscribe to any more */
  constructor(subscribe: (update: (snapshot: Snapshot<T>) => void) => Subscription | undefined, keepAlive: KeepAlive, onEnd: () => void) {
    this.#subscribe = subscribe;
    this.#keepAlive = keepAlive;
    this.#onEnd = onEnd;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<Result<T>> {
    this.#subscription ??= this.#over ? undefined : this.#subscribe((snapshot) => this.#arrived(snapshot));
    if (this.#over || this.#subscription === undefined) return END;
    const newest = this.#newest;
    this.#newest = undefined;
    if (newest !== undefined) return { done: false, value: newest };
    this.#keepAlive.hold();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async return(): Promise<Result<T>> {
    if (!this.#over) {
      this.#over = true;
      this.#newest = undefined;
      this.#subscription?.[Symbol.dispose]();
      while (this.#answer(END));
      this.#onEnd();
    }
    return END;
  }

  #arrived(snapshot: Snapshot<T>): void {
    if (!this.#answer({ done: false, value: snapshot })) this.#newest = snapshot;
  }

  /** Answers the `next()` that has waited longest, if any. */
  #answer(result: Result<T>): boolean {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) return false;
    this.#keepAlive.release();
    waiting(result);
    return true;
  }
}
