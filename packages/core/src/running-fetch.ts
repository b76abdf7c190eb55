import type { Clock } from "./clock.js";
import { DiscoveryError, toDiscoveryError } from "./discovery-error.js";
import type { FetchContext, MetadataSource } from "./metadata-source.js";

/**
 * One question put to a source. `answer` settles with whatever comes first: the answer, the source's error, the timeout, or
 * {@link RunningFetch.abort}; what comes later changes nothing.
 */
export class RunningFetch<T> {
  readonly answer: Promise<T>;
  /** Whether the source has not settled yet; stays true for a source that is deaf to its signal. */
  alive = true;
  readonly #controller = new AbortController();
  readonly #clock: Clock;
  readonly #timeout: unknown;

  /** @param onSettled - called once the source itself has settled, however late */
  constructor(
    source: MetadataSource<T>,
    context: Omit<FetchContext<T>, "signal" | "timeoutMs">,
    { clock, timeoutMs }: { readonly clock: Clock; readonly timeoutMs: number },
    onSettled: () => void,
  ) {
    this.#clock = clock;
    const { signal } = this.#controller;
    // In a turn of its own: a source that throws synchronously or calls back into the poller finds everything in order.
    const asked = Promise.resolve().then(() => {
      signal.throwIfAborted();
      return source.fetch({ ...context, timeoutMs, signal });
    });
    const settled = (): void => {
      this.alive = false;
      clock.clearTimeout(this.#timeout);
      onSettled();
    };
    this.answer = new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      asked.then(resolve, (thrown: unknown) => reject(toDiscoveryError(thrown, source.key)));
    });
    void asked.then(settled, settled);
    this.answer.catch(() => undefined); // an aborted fetch may have nobody left to hear of it
    this.#timeout = clock.setTimeout(() => {
      this.abort(new DiscoveryError("TIMEOUT", `no answer within ${timeoutMs} ms`, { source: source.key }));
    }, timeoutMs);
  }

  /** Ends the fetch with an error now, and tells the source to give up. */
  abort(error: DiscoveryError): void {
    this.#clock.clearTimeout(this.#timeout);
    if (this.alive) this.#controller.abort(error);
  }
}
