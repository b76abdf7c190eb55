import { checkNumber } from "./check-options.js";
import { type Clock, systemClock } from "./clock.js";
import { DiscoveryError, type DiscoveryErrorCode, toDiscoveryError } from "./discovery-error.js";
import { onAbort } from "./on-abort.js";

/**
 * Asks candidates until one answers. The next one starts when one fails or the newest stays silent for `hedgeAfterMs`; the
 * first valid answer wins and the other attempts are aborted. Candidates are pulled one at a time, so a lazy (async)
 * iterable resolves its seeds only when they are reached.
 *
 * @throws DiscoveryError naming every candidate's cause when all fail; its `cause` is an `AggregateError`. Its code is
 * `INVALID_OPTIONS`, then `UNAUTHENTICATED` if any candidate said so, `FOREIGN_CLUSTER` only if all did, else the most telling of the others.
 * When `signal` fires: its reason if that is a `DiscoveryError`, else `ABORTED`. `INVALID_OPTIONS` for options out of bounds.
 */
export function askCandidates<C, R>(
  candidates: Iterable<C> | AsyncIterable<C>,
  ask: (candidate: C, options: { readonly signal: AbortSignal }) => Promise<R>,
  options: {
    /** Ends the whole question: nobody else is asked and every attempt in progress is aborted. */
    readonly signal: AbortSignal;
    /** How long a silent candidate may hold up the next one, in milliseconds. Default 500. 0 to `Infinity`. */
    readonly hedgeAfterMs?: number | undefined;
    /** How long one attempt may take, in milliseconds. Default: as long as `signal` allows. 0 to `Infinity`. */
    readonly attemptTimeoutMs?: number | undefined;
    /** Who asks; the `source` of errors. Default `core`. */
    readonly source?: string | undefined;
    /** Names a candidate in errors; never a secret. Default `String`, which says little of an object. */
    readonly describe?: ((candidate: C) => string) | undefined;
    /** Default: the system clock. */
    readonly clock?: Clock | undefined;
  },
): Promise<{ readonly from: C; readonly answer: R }> {
  return new Promise((resolve, reject) => {
    for (const name of ["hedgeAfterMs", "attemptTimeoutMs"] as const) checkNumber(name, options[name], 0, 0, Number.POSITIVE_INFINITY);
    new Round(candidates, ask, options, resolve, reject).begin();
  });
}

/** How {@link askCandidates} asks. */
type AskOptions<C> = Parameters<typeof askCandidates<C, unknown>>[2];

interface Attempt {
  readonly controller: AbortController;
  timeout?: unknown;
}

interface Failure {
  readonly of: string;
  readonly error: DiscoveryError;
}

/** One question put to a row of candidates; `#over` is set once, by the answer, by the last failure or by the signal. */
class Round<C, R> {
  readonly #ask: (candidate: C, options: { readonly signal: AbortSignal }) => Promise<R>;
  readonly #options: AskOptions<C>;
  readonly #clock: Clock;
  readonly #source: string;
  readonly #resolve: (won: { from: C; answer: R }) => void;
  readonly #reject: (error: DiscoveryError) => void;
  readonly #candidates: Iterable<C> | AsyncIterable<C>;
  #iterator: Iterator<C> | AsyncIterator<C> | undefined;
  readonly #running = new Set<Attempt>();
  readonly #failures: Failure[] = [];
  #pulling = false;
  #exhausted = false;
  #over = false;
  #hedge: unknown;
  #stopListening: () => void = () => undefined;

  constructor(
    candidates: Iterable<C> | AsyncIterable<C>,
    ask: (candidate: C, options: { readonly signal: AbortSignal }) => Promise<R>,
    options: AskOptions<C>,
    resolve: (won: { from: C; answer: R }) => void,
    reject: (error: DiscoveryError) => void,
  ) {
    this.#candidates = candidates;
    this.#ask = ask;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#source = options.source ?? "core";
    this.#resolve = resolve;
    this.#reject = reject;
  }

  begin(): void {
    const { signal } = this.#options;
    this.#stopListening = onAbort(signal, () => this.#fail(toDiscoveryError(signal.reason, this.#source, "ABORTED")));
    void this.#next();
  }

  /** Pulls and starts one more candidate, unless one is being pulled already. */
  async #next(): Promise<void> {
    this.#clock.clearTimeout(this.#hedge);
    if (this.#over || this.#pulling || this.#exhausted) return this.#checkExhausted();
    this.#pulling = true;
    try {
      this.#iterator ??= iteratorOf(this.#candidates);
      const pulled = await this.#iterator.next();
      this.#exhausted = pulled.done === true;
      if (pulled.done !== true && !this.#over) this.#start(pulled.value);
    } catch (error) {
      this.#exhausted = true;
      this.#failures.push({ of: "the list of candidates", error: toDiscoveryError(error, this.#source) });
    }
    this.#pulling = false;
    this.#checkExhausted();
  }

  #start(candidate: C): void {
    const attempt: Attempt = { controller: new AbortController() };
    this.#running.add(attempt);
    const { attemptTimeoutMs, hedgeAfterMs = 500 } = this.#options;
    const failed = (thrown: unknown): void => this.#attemptFailed(attempt, candidate, thrown);
    if (attemptTimeoutMs !== undefined) {
      attempt.timeout = this.#clock.setTimeout(() => {
        failed(new DiscoveryError("TIMEOUT", `no answer within ${attemptTimeoutMs} ms`, { source: this.#source }));
      }, attemptTimeoutMs);
    }
    this.#hedge = this.#clock.setTimeout(() => void this.#next(), hedgeAfterMs);
    // The executor turns a synchronous throw into a rejection.
    new Promise<R>((resolve) => resolve(this.#ask(candidate, { signal: attempt.controller.signal }))).then(
      (answer) => this.#attemptAnswered(attempt, candidate, answer),
      failed,
    );
  }

  #attemptAnswered(attempt: Attempt, from: C, answer: R): void {
    if (!this.#running.delete(attempt)) return; // too late: it timed out, or another one won
    this.#clock.clearTimeout(attempt.timeout);
    this.#resolve({ from, answer });
    this.#finish();
  }

  #attemptFailed(attempt: Attempt, candidate: C, thrown: unknown): void {
    if (!this.#running.delete(attempt)) return;
    this.#clock.clearTimeout(attempt.timeout);
    const error = toDiscoveryError(thrown, this.#source);
    attempt.controller.abort(error);
    this.#failures.push({ of: this.#nameOf(candidate), error });
    void this.#next();
  }

  #checkExhausted(): void {
    if (!this.#over && this.#exhausted && this.#running.size === 0) this.#fail(summary(this.#failures, this.#source));
  }

  #fail(error: DiscoveryError): void {
    if (this.#over) return;
    this.#reject(error);
    this.#finish();
  }

  #finish(): void {
    this.#over = true;
    this.#stopListening();
    this.#clock.clearTimeout(this.#hedge);
    for (const attempt of this.#running) {
      this.#clock.clearTimeout(attempt.timeout);
      attempt.controller.abort(
        new DiscoveryError("ABORTED", "another candidate answered, or nobody waits any more", { source: this.#source }),
      );
    }
    this.#running.clear();
    if (!this.#exhausted) void this.#leaveList().catch(() => undefined);
  }

  async #leaveList(): Promise<void> {
    await this.#iterator?.return?.();
  }

  #nameOf(candidate: C): string {
    try {
      return (this.#options.describe ?? String)(candidate);
    } catch {
      return "a candidate without a name";
    }
  }
}

function iteratorOf<C>(candidates: Iterable<C> | AsyncIterable<C>): Iterator<C> | AsyncIterator<C> {
  return Symbol.asyncIterator in candidates ? candidates[Symbol.asyncIterator]() : candidates[Symbol.iterator]();
}

/** The first of these that any candidate reported names the whole failure; a foreign cluster does only if all reported one. */
const MOST_TELLING_FIRST: readonly DiscoveryErrorCode[] = [
  "INVALID_OPTIONS",
  "UNAUTHENTICATED",
  "MALFORMED_RESPONSE",
  "EMPTY_METADATA",
  "UNAVAILABLE",
  "TIMEOUT",
];

function summary(failures: readonly Failure[], source: string): DiscoveryError {
  if (failures.length === 0) {
    return new DiscoveryError("UNAVAILABLE", "there is nobody to ask: no member is known and the seeds are empty", { source });
  }
  const allForeign = failures.every(({ error }) => error.code === "FOREIGN_CLUSTER");
  const code = allForeign ? "FOREIGN_CLUSTER" : MOST_TELLING_FIRST.find((telling) => failures.some(({ error }) => error.code === telling));
  const causes = failures.map(({ of, error }) => `${of}: ${error.message}`).join("; ");
  const cause = new AggregateError(failures.map(({ error }) => error));
  return new DiscoveryError(code ?? "UNAVAILABLE", `none of ${failures.length} candidates answered: ${causes}`, { source, cause });
}
