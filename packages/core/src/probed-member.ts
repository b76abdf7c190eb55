import type { Endpoint } from "./endpoint.js";
import type { Failure, RunningProbe } from "./running-probe.js";
import type { Timer } from "./timer.js";

/** Everybody is given this much silence, and twice the time that the member itself is known to take. */
const PATIENCE_MS = 100;
/** What a member took is forgotten by this share at each of its answers, so that a bad day does not count for ever. */
const FORGETTING = 0.9;
/** Pauses between two questions to a member that does not serve double up to 2 to the power of this. */
const DOUBLINGS = 3;
/** While nobody at all answers, pauses stay short for this many questions: whoever returns first is wanted at once. */
const SHORT_PAUSES = 15;

/** A probe that failed, and has not counted for or against anybody yet. */
export interface Doubt {
  readonly failure: Failure;
  /** When that probe began. */
  readonly startedAt: number;
}

/** What is known about one listed member that was asked, or is about to be. */
export class ProbedMember {
  endpoint: Endpoint;
  probe: RunningProbe | undefined;
  /** When its last probe ended. */
  endedAt: number = Number.NEGATIVE_INFINITY;
  doubt: Doubt | undefined;
  /** How often in a row it was heard without anybody answering. */
  hearings = 0;
  /** What the last suspicion gave as its cause. */
  cause: unknown;
  /** Asks it again. */
  readonly timer: Timer;
  #slowestMs = 0;
  #fruitless = 0;

  constructor(endpoint: Endpoint, timer: Timer) {
    this.endpoint = endpoint;
    this.timer = timer;
  }

  /** How long its silence means nothing, in milliseconds. */
  get patienceMs(): number {
    return Math.max(PATIENCE_MS, 2 * this.#slowestMs);
  }

  /** It has answered. */
  answered(tookMs: number): void {
    this.#slowestMs = Math.max(tookMs, FORGETTING * this.#slowestMs);
    this.#fruitless = 0;
    this.hearings = 0;
    this.cause = undefined;
  }

  /**
   * The pause before it is asked again.
   * @param proven - whether it is known not to serve, because somebody else answered
   */
  pauseMs(recheckMs: number, proven: boolean, random: number): number {
    const doublings = proven ? this.#fruitless : this.#fruitless - SHORT_PAUSES;
    this.#fruitless += 1;
    return recheckMs * 2 ** Math.min(Math.max(doublings, 0), DOUBLINGS) * (0.9 + 0.2 * random);
  }

  /** Forgets the question that is being asked, and what the last one ended with. */
  cancel(): void {
    this.probe?.cancel();
    this.probe = undefined;
    this.doubt = undefined;
    this.hearings = 0;
    this.timer.clear();
  }
}
