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

/** How members are asked. */
export interface RunningProbeHost {
  readonly clock: Clock;
  /** How long one probe may take, in milliseconds. */
  readonly timeoutMs: number;
  probe(endpoint: Endpoint, context: { readonly signal: AbortSignal }): Promise<void>;
}

/** A timer that fires so late was held up: answers that arrived meanwhile have not been read yet, and get so much time for that. */
const LATE_MS = 1;
const READING_MS = 10;

/** One member being asked whether it serves. */
export class RunningProbe {
  readonly startedAt: number;
  /** Whoever was asked in the same turn was asked together with this one. */
  readonly turn: number;
  /** Whether a member that was asked together with this one has answered. */
  witnessed = false;
  /** Set once it was silent for too long; any answer that comes now speaks against it. */
  overdue: Failure | undefined;
  readonly #controller = new AbortController();
  readonly #host: RunningProbeHost;
  readonly #endpoint: Endpoint;
  readonly #onEnd: (end: ProbeEnd) => void;
  readonly #timeout: Timer;
  #patience: Timer | undefined;
  #over = false;

  /** @param onEnd - called once, unless it is cancelled before; never inside the constructor */
  constructor(host: RunningProbeHost, endpoint: Endpoint, turn: number, onEnd: (end: ProbeEnd) => void) {
    this.startedAt = host.clock.now();
    this.turn = turn;
    this.#host = host;
    this.#endpoint = endpoint;
    this.#onEnd = onEnd;
    const { signal } = this.#controller;
    void Promise.resolve()
      .then(() => (signal.aborted ? undefined : host.probe(endpoint, { signal })))
      .then(
        () => this.#end({ kind: "answered" }),
        (error: unknown) => this.#end(this.isLate ? { kind: "slept" } : { kind: "refused", error }),
      );
    this.#timeout = this.#afterSilence(host.timeoutMs, (slept, failure) => {
      this.#end(slept ? { kind: "slept" } : failure);
      this.#controller.abort(failure.error);
    });
  }

  /** Whether it should have ended so long ago that this process cannot have been running. */
  get isLate(): boolean {
    const { timeoutMs, clock } = this.#host;
    return isFarBeyond(timeoutMs, clock.now() - this.startedAt);
  }

  /**
   * Another member, asked together with this one, has answered: being silent for `patienceMs` in all is suspicious now. If that has
   * passed already, it is granted once more. The probe itself runs on.
   */
  witness(patienceMs: number, onSilence: (failure: Failure) => void): void {
    const leftMs = this.startedAt + patienceMs - this.#host.clock.now();
    this.witnessed = true;
    this.#patience = this.#afterSilence(leftMs > 0 ? leftMs : patienceMs, (slept, failure) => {
      if (slept) this.witness(patienceMs, onSilence);
      else onSilence(failure);
    });
  }

  /** Nobody wants to know any more. */
  cancel(): void {
    this.#stop();
    this.#controller.abort(new DiscoveryError("ABORTED", "nobody waits for the probe any more", { source: "core" }));
  }

  #end(end: ProbeEnd): void {
    if (this.#over) return;
    this.#stop();
    this.#onEnd(end);
  }

  #stop(): void {
    this.#over = true;
    this.#timeout.clear();
    this.#patience?.clear();
  }

  /** @param judge - told whether the process slept meanwhile */
  #afterSilence(waitMs: number, judge: (slept: boolean, failure: Failure) => void): Timer {
    const { clock } = this.#host;
    const since = clock.now();
    const dueAt = since + waitMs;
    let heldUp = false;
    const timer = new Timer(clock, () => {
      const now = clock.now();
      const answersFirst = !heldUp && now - dueAt >= LATE_MS;
      heldUp ||= answersFirst;
      if (answersFirst) timer.set(now + READING_MS);
      else judge(isFarBeyond(waitMs, now - since), this.#silence(now - this.startedAt));
    });
    timer.set(dueAt);
    return timer;
  }

  #silence(ms: number): Failure {
    const { host, port } = this.#endpoint;
    const at = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
    const message = `${at} has not answered a probe for ${Math.round(ms)} ms`;
    return { kind: "silent", error: new DiscoveryError("TIMEOUT", message, { source: "core" }) };
  }
}

/** Whether a wait took so much longer than it should that this process cannot have been running. */
function isFarBeyond(waitMs: number, tookMs: number): boolean {
  return tookMs > Math.max(1.5 * waitMs, waitMs + 3 * READING_MS);
}
