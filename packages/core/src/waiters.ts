import type { DiscoveryError } from "./discovery-error.js";
import type { KeepAlive } from "./keep-alive.js";
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
  readonly #keepAlive: KeepAlive;
  readonly #waiting = new Set<Waiter<T>>();

  constructor(keepAlive: KeepAlive) {
    this.#keepAlive = keepAlive;
  }

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
      this.#keepAlive.hold();
      waiter.stopListening = onAbort(signal, () => {
        this.#remove(waiter);
        reject(onGiveUp());
      });
    });
    promise.catch(() => undefined);
    return promise;
  }

  /** Lets nobody wait. */
  refuse(error: DiscoveryError): Promise<never> {
    const refused = Promise.reject(error);
    refused.catch(() => undefined);
    return refused;
  }

  /** A poll ended: settles those it answers. `error` undefined = it succeeded. */
  pollEnded(poll: number, snapshot: Snapshot<T> | undefined, error: DiscoveryError | undefined): void {
    for (const waiter of this.#waiting) {
      const { afterPoll } = waiter;
      const isAnswered = afterPoll === undefined ? snapshot !== undefined || error?.retryable === false : poll > afterPoll;
      if (!isAnswered) continue;
      this.#remove(waiter);
      if (snapshot !== undefined && (error === undefined || afterPoll === undefined)) waiter.resolve(snapshot);
      else if (error !== undefined) waiter.reject(error);
    }
  }

  /** Nobody will be served any more. */
  rejectAll(error: DiscoveryError): void {
    for (const waiter of this.#waiting) {
      this.#remove(waiter);
      waiter.reject(error);
    }
  }

  #remove(waiter: Waiter<T>): void {
    if (!this.#waiting.delete(waiter)) return;
    this.#keepAlive.release();
    waiter.stopListening();
  }
}
