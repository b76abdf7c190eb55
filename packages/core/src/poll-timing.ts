import type { ResolvedOptions } from "./poller-options.js";
import { SuspicionPace } from "./suspicion-pace.js";
import { Timer } from "./timer.js";

/** A fetch that has been given up but may not have settled. */
interface GivenUp {
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
  /** Until this fetch settles, the next poll keeps a distance of `intervalMs` from its end: fetches must not pile up. */
  #deaf: GivenUp | undefined;

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
    this.#dueAt = this.#options.clock.now();
    this.#arm();
  }

  /** Polling stops; a poll that is running counts as ended. */
  stop(fetch: GivenUp | undefined): void {
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
    this.#wantedAt = Math.min(this.#wantedAt, this.#suspicions.suspected(this.#options.clock.now()));
    this.#arm();
  }

  pollStarted(): void {
    this.#phase = "polling";
    this.#wantedAt = Number.POSITIVE_INFINITY;
    this.#suspicions.pollStarted();
  }

  /** @param news - whether the poll changed what is believed */
  pollEnded(fetch: GivenUp, pauseMs: number, news: boolean): void {
    this.#pollIsOver(fetch);
    this.#phase = "pausing";
    this.#dueAt = this.#lastEnd + pauseMs;
    this.#suspicions.pollEnded(this.#lastEnd, news);
    this.#arm();
  }

  /** A source has settled at last, though its poll ended before. */
  settled(fetch: GivenUp): void {
    if (this.#deaf !== fetch) return;
    this.#deaf = undefined;
    this.#lastEnd = this.#options.clock.now();
    this.#arm();
  }

  /** Sets the timer anew: something has changed that it depends on. */
  #arm(): void {
    if (this.#phase !== "pausing") return;
    const { minIntervalMs, intervalMs } = this.#options;
    const floor = this.#lastEnd + (this.#deaf === undefined ? minIntervalMs : intervalMs);
    this.#timer.set(Math.max(Math.min(this.#dueAt, this.#wantedAt), floor));
  }

  #pollIsOver(fetch: GivenUp): void {
    this.#lastEnd = this.#options.clock.now();
    this.#deaf = fetch.alive ? fetch : undefined;
  }
}
