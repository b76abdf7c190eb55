import type { PollOutcome } from "./poll-record.js";
import { backoffPause, intervalPause, randomPhase } from "./poll-schedule.js";
import type { ResolvedOptions } from "./poller-options.js";
import { SuspicionPace } from "./suspicion-pace.js";
import { Timer } from "./timer.js";

/** A fetch that has ended for the poller; `alive` as long as the source itself has not settled. */
interface EndedFetch {
  readonly alive: boolean;
}

/**
 * When the next poll starts: when the schedule says or as soon as somebody wants it, but never while one is running nor before
 * the floor, which counts from the end of the last poll across everything else that happens.
 */
export class PollTiming {
  readonly #options: ResolvedOptions;
  readonly #timer: Timer;
  readonly #suspicions: SuspicionPace;
  #phase: "off" | "pausing" | "polling" = "off";
  #dueAt = Number.NEGATIVE_INFINITY;
  #wantedAt = Number.POSITIVE_INFINITY;
  #lastEnd = Number.NEGATIVE_INFINITY;
  /**
   * Whether something that others may have seen as well set the time of the last poll: a start, an outage, a lost connection. The
   * pause after the next success is then a random part of an interval, or a fleet would go on polling in step.
   */
  #inStep = true;
  /** Until this fetch settles, the next poll keeps a distance of `intervalMs` from its end: fetches must not pile up. */
  #unsettled: EndedFetch | undefined;

  /** @param poll - starts a poll; called by the timer */
  constructor(options: ResolvedOptions, poll: () => void) {
    this.#options = options;
    this.#timer = new Timer(options.clock, poll);
    this.#suspicions = new SuspicionPace(options.minIntervalMs, options.intervalMs);
  }

  /** When the next poll is due, on the monotonic clock. */
  get nextAt(): number | undefined {
    return this.#timer.dueAt;
  }

  /** Polling begins: the first poll is due now. */
  begin(): void {
    this.#phase = "pausing";
    this.#inStep = true;
    this.#dueAt = this.#options.clock.now();
    this.#arm();
  }

  /** Polling stops; a poll that is running counts as ended. */
  stop(fetch: EndedFetch | undefined): void {
    if (fetch !== undefined) this.#pollIsOver(fetch);
    this.#phase = "off";
    this.#timer.clear();
  }

  /** Somebody wants a poll that starts after now. */
  want(): void {
    this.#wantedAt = Math.min(this.#wantedAt, this.#options.clock.now());
    this.#arm();
  }

  /** A member is suspected. */
  suspect(): void {
    this.#suspicions.suspected();
    this.#arm();
  }

  pollStarted(): void {
    if (this.#options.clock.now() < this.#dueAt) this.#inStep = true;
    this.#phase = "polling";
    this.#wantedAt = Number.POSITIVE_INFINITY;
    this.#suspicions.pollStarted();
  }

  /** @param failures - failed polls in a row, this one included */
  pollEnded(fetch: EndedFetch, kind: PollOutcome["kind"], failures: number): void {
    this.#pollIsOver(fetch);
    this.#phase = "pausing";
    this.#dueAt = this.#lastEnd + this.#pauseAfter(kind, failures);
    this.#suspicions.pollEnded(this.#lastEnd, kind === "changed");
    this.#arm();
  }

  /** A source has settled at last, though its poll ended before. */
  settled(fetch: EndedFetch): void {
    if (this.#unsettled !== fetch) return;
    this.#unsettled = undefined;
    this.#lastEnd = this.#options.clock.now();
    this.#arm();
  }

  #pauseAfter(kind: PollOutcome["kind"], failures: number): number {
    if (kind === "held") return this.#options.minIntervalMs;
    const wasInStep = this.#inStep;
    this.#inStep = kind === "failed";
    if (kind === "failed") return backoffPause(failures, this.#options);
    return wasInStep ? randomPhase(this.#options) : intervalPause(this.#options);
  }

  /** Sets the timer anew: something has changed that it depends on. */
  #arm(): void {
    if (this.#phase !== "pausing") return;
    const { minIntervalMs, intervalMs } = this.#options;
    const floor = this.#lastEnd + (this.#unsettled === undefined ? minIntervalMs : intervalMs);
    this.#timer.set(Math.max(Math.min(this.#dueAt, this.#wantedAt, this.#suspicions.wantedAt), floor));
  }

  #pollIsOver(fetch: EndedFetch): void {
    this.#lastEnd = this.#options.clock.now();
    this.#unsettled = fetch.alive ? fetch : undefined;
  }
}
