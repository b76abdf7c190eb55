import type { Clock } from "./clock.js";
import { DiscoveryError } from "./discovery-error.js";
import type { Endpoint } from "./endpoint.js";
import { Timer } from "./timer.js";

/** What speaks against a member: it said no, or nothing. */
export interface Failure {
  readonly kind: "refused" | "silent";
  readonly error: unknown;
}

/** How a probe ended. `slept`: this process did not run for a while, so that silence means nothing. */
export type ProbeEnd = Failure | { readonly kind: "answered" } | { readonly kind: "slept" };

/** A timer that fires so late was held up: answers that arrived meanwhile have not been read yet, and get so much time for that. */
const LATE_MS = 1;
const READING_MS = 10;

/** One member being asked whether it serves. */
export class RunningProbe {
  readonly startedAt: number;
  /** Whether a member that was asked together with this one has answered. */
  witnessed = false;
  /** Set once it was silent for too long; any answer that comes now speaks against it. */
  overdue: Failure | undefined;
  readonly #controller = new AbortController();
  readonly #clock: Clock;
  readonly #of: string;
  readonly #timeoutMs: number;
  readonly #onEnd: (end: ProbeEnd) => void;
  readonly #timeout: Timer;
  #patience: Timer | undefined;
  #over = false;

  /**
   * @param of - whom, for errors
   * @param onEnd - called once, unless it is cancelled before; never inside the constructor
   */
  constructor(
    ask: (context: { readonly signal: AbortSignal }) => Promise<void>,
    { clock, timeoutMs, of }: { readonly clock: Clock; readonly timeoutMs: number; readonly of: Pick<Endpoint, "host" | "port"> },
    onEnd: (end: ProbeEnd) => void,
  ) {
    this.startedAt = clock.now();
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#of = of.host.includes(":") ? `[${of.host}]:${of.port}` : `${of.host}:${of.port}`;
    this.#onEnd = onEnd;
    const { signal } = this.#controller;
    void Promise.resolve()
      .then(() => (signal.aborted ? undefined : ask({ signal })))
      .then(
        () => this.#end({ kind: "answered" }),
        (error: unknown) => this.#end(this.isLate ? { kind: "slept" } : { kind: "refused", error }),
      );
    this.#timeout = this.#afterSilence(timeoutMs, (slept, failure) => {
      this.#end(slept ? { kind: "slept" } : failure);
      this.#controller.abort(failure.error);
    });
  }

  /** Whether it should have ended so long ago that this process cannot have been running. */
  get isLate(): boolean {
    return isFarBeyond(this.#timeoutMs, this.#clock.now() - this.startedAt);
  }

  /**
   * Another member, asked together with this one, has answered: being silent for `patienceMs` in all is suspicious now. If that has
   * passed already, it is granted once more. The probe itself runs on.
   */
  witness(patienceMs: number, onSilence: (failure: Failure) => void): void {
    const leftMs = this.startedAt + patienceMs - this.#clock.now();
    this.witnessed = true;
    this.#patience = this.#afterSilence(leftMs > 0 ? leftMs : patienceMs, (slept, failure) => {
      if (slept) this.witness(patienceMs, onSilence);
      else onSilence(failure);
    });
  }

  /** Nobody wants to know any more. */
  cancel(): void {
    this.#over = true;
    this.#timeout.clear();
    this.#patience?.clear();
    this.#controller.abort(new DiscoveryError("ABORTED", "nobody waits for the probe any more", { source: "core" }));
  }

  #end(end: ProbeEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#timeout.clear();
    this.#patience?.clear();
    this.#onEnd(end);
  }

  /** @param judge - told whether the process slept meanwhile */
  #afterSilence(waitMs: number, judge: (slept: boolean, failure: Failure) => void): Timer {
    const since = this.#clock.now();
    const dueAt = since + waitMs;
    let heldUp = false;
    const timer = new Timer(this.#clock, () => {
      const now = this.#clock.now();
      const answersFirst = !heldUp && now - dueAt >= LATE_MS;
      heldUp ||= answersFirst;
      if (answersFirst) timer.set(now + READING_MS);
      else judge(isFarBeyond(waitMs, now - since), this.#silence(now - this.startedAt));
    });
    timer.set(dueAt);
    return timer;
  }

  #silence(ms: number): Failure {
    const message = `${this.#of} has not answered a probe for ${Math.round(ms)} ms`;
    return { kind: "silent", error: new DiscoveryError("TIMEOUT", message, { source: "core" }) };
  }
}

/** Whether a wait took so much longer than it should that this process cannot have been running. */
function isFarBeyond(waitMs: number, tookMs: number): boolean {
  return tookMs > Math.max(1.5 * waitMs, waitMs + 3 * READING_MS);
}
