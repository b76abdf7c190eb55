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
  readonly #key: string;
  #settle: { resolve: (answer: T) => void; reject: (error: DiscoveryError) => void } | undefined;

  /** @param onSettled - called once the source itself has settled, however late */
  constructor(
    source: MetadataSource<T>,
    context: Omit<FetchContext<T>, "signal">,
    { clock, timeoutMs, keepAlive }: { readonly clock: Clock; readonly timeoutMs: number; readonly keepAlive: boolean },
    onSettled: () => void,
  ) {
    this.#clock = clock;
    this.#key = source.key;
    this.answer = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.answer.catch(() => undefined); // an aborted fetch may have nobody left to hear of it
    const tooLate = new DiscoveryError("TIMEOUT", `no answer within ${timeoutMs} ms`, { source: source.key });
    this.#timeout = clock.setTimeout(() => this.abort(tooLate), timeoutMs, keepAlive);
    // The executor turns a synchronous throw into a rejection.
    new Promise<T>((resolve) => resolve(source.fetch({ ...context, signal: this.#controller.signal }))).then(
      (answer) => this.#sourceSettled(() => this.#end()?.resolve(answer), onSettled),
      (thrown) => this.#sourceSettled(() => this.#end()?.reject(toDiscoveryError(thrown, this.#key)), onSettled),
    );
  }

  /** Ends the fetch with an error now, and tells the source to give up. */
  abort(error: DiscoveryError): void {
    this.#end()?.reject(error);
    if (this.alive) this.#controller.abort(error);
  }

  #sourceSettled(tell: () => void, onSettled: () => void): void {
    this.alive = false;
    tell();
    onSettled();
  }

  /** Hands out the right to settle `answer`, once. */
  #end(): { resolve: (answer: T) => void; reject: (error: DiscoveryError) => void } | undefined {
    const settle = this.#settle;
    this.#settle = undefined;
    this.#clock.clearTimeout(this.#timeout);
    return settle;
  }
}
