import { DiscoveryError, type Endpoint, type FetchContext, type MetadataSource, toDiscoveryError } from "@rollcall/core";
import { LATE, within } from "../within.js";
import { endpointProblem } from "./listed.js";
import type { SourceLimits } from "./source-harness.js";

/** A full answer, read as a poller reads it. */
export interface Answer {
  readonly kind: "answer";
  readonly metadata: unknown;
  readonly endpoints: readonly Endpoint[];
}

/** What one poll came to. `deaf`: it went on although its signal had fired. */
export type Outcome = Answer | { readonly kind: "error"; readonly error: DiscoveryError } | { readonly kind: "deaf" };

/** Asks a source as a poller does, one poll at a time, but exactly when a case says so. */
export class Polling {
  readonly source: MetadataSource<unknown>;
  readonly #limits: SourceLimits;
  #watch = new AbortController();
  #previous: unknown;
  #closed: Promise<void> | undefined;

  constructor(source: MetadataSource<unknown>, limits: SourceLimits) {
    this.source = source;
    this.#limits = limits;
  }

  /**
   * One poll. It is told to stop when it takes too long, or by `abort`, which is given what stops it.
   * @param progress - while what this returns changes, the poll is given more time. Default: no change
   */
  async ask(
    known: readonly Endpoint[] = [],
    abort?: (stop: () => void) => unknown,
    progress: () => unknown = () => undefined,
  ): Promise<Outcome> {
    const { settleWithinMs, answerWithinMs } = this.#limits;
    const poll = new AbortController();
    const stopped = new Promise<void>((resolve) => poll.signal.addEventListener("abort", () => resolve(), { once: true }));
    const context = { signal: poll.signal, previous: this.#previous, known, attempt: 0 };
    const outcome = this.#fetch(context);
    const due = (before: unknown): void => {
      const now = progress();
      if (now === before) poll.abort(this.#error("TIMEOUT", `no answer within ${answerWithinMs} ms`));
      else timer = setTimeout(due, answerWithinMs, now);
    };
    let timer = setTimeout(due, answerWithinMs, progress());
    abort?.(() => poll.abort(this.#error("ABORTED", "nobody waits for the answer any more")));
    await Promise.race([outcome, stopped]);
    clearTimeout(timer);
    const settled = await within(outcome, settleWithinMs);
    return settled === LATE ? { kind: "deaf" } : settled;
  }

  /** Polling begins, or begins again. */
  begin(): this {
    this.#watch = new AbortController();
    this.source.watch?.({ signal: this.#watch.signal, changed: () => undefined });
    return this;
  }

  /** Polling ends: nobody listens any more. */
  stop(): void {
    this.#watch.abort();
  }

  /** The poller is closed. @returns whether the source closed in time. Rejects if the source does. */
  async close(): Promise<boolean> {
    this.stop();
    this.#closed ??= (async () => await this.source.close?.())();
    return (await within(this.#closed, this.#limits.settleWithinMs)) !== LATE;
  }

  async #fetch(context: FetchContext<unknown>): Promise<Outcome> {
    let metadata: unknown;
    try {
      metadata = await this.source.fetch(context);
    } catch (thrown) {
      return { kind: "error", error: toDiscoveryError(thrown, this.source.key) };
    }
    try {
      const endpoints = [...this.source.endpoints(metadata)];
      const isEmpty = endpoints.every((endpoint) => endpointProblem(endpoint) !== undefined);
      if (isEmpty) return { kind: "error", error: this.#error("EMPTY_METADATA", "the answer lists nobody usable") };
      this.#previous = metadata;
      return { kind: "answer", metadata, endpoints };
    } catch (thrown) {
      return { kind: "error", error: toDiscoveryError(thrown, this.source.key, "MALFORMED_RESPONSE") };
    }
  }

  #error(code: "TIMEOUT" | "ABORTED" | "EMPTY_METADATA", message: string): DiscoveryError {
    return new DiscoveryError(code, message, { source: this.source.key });
  }
}
