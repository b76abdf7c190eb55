import { askCandidates, type Clock, type DiscoveryError, toDiscoveryError } from "@rollcall/core";
import type { NameserverPlace } from "./nameserver-place.js";
import { bareMessage, rocketmqRefusal } from "./rocketmq-refusal.js";

/** How long is waited, and by which clock. */
interface OriginTimes {
  readonly clock: Clock;
  readonly hedgeAfterMs: number;
  readonly attemptTimeoutMs: number;
}

/** One of the origins that are joined: places that say the same, asked one after another until one answers; whoever answered last comes first. */
export class NameserverOriginReader {
  readonly name: string;
  readonly #places: readonly NameserverPlace[];
  readonly #times: OriginTimes;
  #last: NameserverPlace | undefined;

  constructor(name: string, places: readonly NameserverPlace[], times: OriginTimes) {
    this.name = name;
    this.#places = places;
    this.#times = times;
  }

  /**
   * What it says now, sorted.
   *
   * @param options - `timeoutMs`: of the poll; three quarters of it are used at most, whatever is silent
   * @throws DiscoveryError naming every place and what is wrong there; when the signal fires, its reason.
   */
  async read({ signal, timeoutMs }: { readonly signal: AbortSignal; readonly timeoutMs: number }): Promise<readonly string[]> {
    const { clock } = this.#times;
    const hedgeAfterMs = Math.min(this.#times.hedgeAfterMs, timeoutMs / 4 / this.#places.length);
    const attemptTimeoutMs = Math.min(this.#times.attemptTimeoutMs, timeoutMs / 2);
    const places = new Set([...(this.#last === undefined ? [] : [this.#last]), ...this.#places]);
    const options = { signal, hedgeAfterMs, attemptTimeoutMs, source: "rocketmq", describe: nameOf, clock };
    try {
      const { from, answer } = await askCandidates(places, (place, call) => place.read(call), options);
      this.#last = from;
      return [...answer].sort();
    } catch (thrown) {
      signal.throwIfAborted();
      throw this.#named(toDiscoveryError(thrown, "rocketmq"));
    }
  }

  /** With several places everyone is named already. */
  #named(error: DiscoveryError): DiscoveryError {
    const [only, ...others] = error.cause instanceof AggregateError ? (error.cause.errors as DiscoveryError[]) : [error];
    if (only === undefined || others.length > 0) return error;
    return rocketmqRefusal(only.code, `${this.name}: ${bareMessage(only)}`, only);
  }
}

function nameOf({ name }: NameserverPlace): string {
  return name;
}
