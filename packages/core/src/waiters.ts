import type { DiscoveryError } from "./discovery-error.js";
import { onAbort } from "./on-abort.js";
import type { Snapshot } from "./snapshot.js";

interface Waiter<T> {
  /** Only a poll with a higher number counts; undefined = any snapshot will do. */
  readonly afterPoll: number | undefined;
  readonly resolve: (snapshot: Snapshot<T>) => void;
  readonly reject: (error: DiscoveryError) => void;
  stopListening: () => void;
}

/** The callers of `ready()` and `refresh()` that are still waiting. */
export class Waiters<T> {
  readonly #waiting = new Set<Waiter<T>>();

  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Waits for a snapshot, or for a poll after number `afterPoll`. Ignoring the promise is no unhandled rejection.
   * @param onGiveUp - called when `signal` ended the waiting; returns the error to reject with
   */
  add(afterPoll: number | undefined, signal: AbortSignal | undefined, onGiveUp: () => DiscoveryError): Promise<Snapshot<T>> {
    const promise = new Promise<Snapshot<T>>((resolve, reject) => {
      const waiter: Waiter<T> = { afterPoll, resolve, reject, stopListening: () => undefined };
      this.#waiting.add(waiter);
      waiter.stopListening = onAbort(signal, () => {
        if (this.#waiting.delete(waiter)) reject(onGiveUp());
      });
    });
    promise.catch(() => undefined);
    return promise;
  }

  /** A poll ended: settles those it answers. `error` undefined = it succeeded. */
  pollEnded(poll: number, snapshot: Snapshot<T> | undefined, error: DiscoveryError | undefined): void {
    for (const waiter of this.#waiting) {
      if (waiter.afterPoll === undefined) {
        if (snapshot !== undefined) this.#settle(waiter, () => waiter.resolve(snapshot));
        else if (error !== undefined && !error.retryable) this.#settle(waiter, () => waiter.reject(error));
      } else if (poll > waiter.afterPoll) {
        if (error !== undefined) this.#settle(waiter, () => waiter.reject(error));
        else if (snapshot !== undefined) this.#settle(waiter, () => waiter.resolve(snapshot));
      }
    }
  }

  /** Nobody will be served any more. */
  rejectAll(error: DiscoveryError): void {
    for (const waiter of this.#waiting) this.#settle(waiter, () => waiter.reject(error));
  }

  #settle(waiter: Waiter<T>, settle: () => void): void {
    this.#waiting.delete(waiter);
    waiter.stopListening();
    settle();
  }
}
