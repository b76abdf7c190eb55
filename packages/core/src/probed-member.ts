import type { Endpoint } from "./endpoint.js";
import type { Failure, RunningProbe } from "./running-probe.js";
import type { Timer } from "./timer.js";

/** Everybody is given this much silence, and twice the time that the member itself is known to take. */
const PATIENCE_MS = 100;
/** What a member took is forgotten by this share at each of its answers, so that a bad day does not count for ever. */
const FORGETTING = 0.9;
/** Pauses between two questions to a member that does not serve, or serves although it is suspected, double up to 2 to the power of this. */
const DOUBLINGS = 3;
/** The pause between two suspicions of a member that serves grows no longer than this, unless the floor is longer. */
const MAX_PAUSE_MS = 10_000;
/** Suspicions that are further apart than so many floors have nothing to do with each other. */
const IN_A_ROW = 3;
/**
 * While nobody at all answers it is asked so many times, with short pauses: whoever returns first is wanted at once. After that only
 * if somebody suspects it, since it may be that probes are not allowed.
 */
const TIRELESS = 15;

/** A probe that failed, and has not counted for or against anybody yet. */
export interface Doubt {
  readonly failure: Failure;
  /** In which turn that probe began. */
  readonly turn: number;
}

/** Whether somebody may be calling a member in vain while it waits to be asked. */
export type Urgency = "urgent" | "other";

/** What is known about one listed member that was asked, or is about to be. */
export class ProbedMember {
  endpoint: Endpoint;
  probe: RunningProbe | undefined;
  /** When its last probe ended. */
  endedAt: number = Number.NEGATIVE_INFINITY;
  doubt: Doubt | undefined;
  /** How often in a row it was heard without anybody answering. */
  hearings = 0;
  /** In which of the queues it waited, or for whom it is a witness. */
  urgency: Urgency = "other";
  /** Whether it is asked for its own sake, and not only as somebody's witness. */
  isAccused = false;
  /** What the last suspicion gave as its cause. */
  cause: unknown;
  /** Asks it again. */
  readonly timer: Timer;
  #slowestMs = 0;
  #suspectedAt = 0;
  /** Whether it has not answered since. */
  #isSuspected = false;
  /** For how many floors the next suspicion waits. Doubled each time that it disproves one. */
  #pauseFloors = 1 / 2;
  /** Whether it took longer than its patience for any of these. */
  #late = false;
  #fruitless = 0;
  #proven = true;

  constructor(endpoint: Endpoint, timer: Timer) {
    this.endpoint = endpoint;
    this.timer = timer;
  }

  /**
   * Somebody suspects it. While it disproves one suspicion after the other, the next ones wait longer and longer, up to 10 s.
   * @param floorMs - from the end of its last probe, at least
   * @returns when it may be asked
   */
  suspected(now: number, floorMs: number): number {
    if (now - this.#suspectedAt >= IN_A_ROW * floorMs) {
      this.#pauseFloors = 1 / 2;
      this.#late = false;
    }
    this.#suspectedAt = now;
    this.isAccused = this.#isSuspected = true; // even if it is only being asked as a witness
    return this.endedAt + Math.max(floorMs, Math.min(floorMs * this.#pauseFloors, MAX_PAUSE_MS));
  }

  /**
   * How long its silence means nothing, in milliseconds. One that is known to need most of the timeout gets all of it, and so does one
   * that is suspected again and again, and was late before: that would be no news.
   */
  patienceMs(timeoutMs: number): number {
    if (this.#late) return timeoutMs;
    const capMs = 0.8 * timeoutMs;
    const wantedMs = Math.max(PATIENCE_MS, 2 * this.#slowestMs);
    if (wantedMs <= capMs) return wantedMs;
    return 1.1 * this.#slowestMs <= capMs ? capMs : timeoutMs;
  }

  /** It has answered. */
  answered(afterMs: number, timeoutMs: number): void {
    const tookMs = afterMs > timeoutMs ? 0 : afterMs; // it cannot have taken longer: this process slept
    if (this.#isSuspected && this.#fruitless === 0) {
      this.#pauseFloors = Math.min(2 * this.#pauseFloors, 2 ** DOUBLINGS);
      this.#late ||= tookMs > this.patienceMs(timeoutMs);
    }
    this.#slowestMs = Math.max(tookMs, FORGETTING * this.#slowestMs);
    this.#fruitless = 0;
    this.hearings = 0;
    this.isAccused = this.#isSuspected = false;
    this.cause = undefined;
  }

  /**
   * The pause before it is asked again; undefined = not before somebody suspects it anew, or anybody answers.
   * @param proven - whether it is known not to serve, because somebody else answered
   */
  pauseMs(recheckMs: number, proven: boolean, random: number): number | undefined {
    if (proven !== this.#proven) this.#fruitless = 0;
    this.#proven = proven;
    const doublings = proven ? Math.min(this.#fruitless, DOUBLINGS) : 0;
    this.#fruitless += 1;
    if (!proven && this.#fruitless > TIRELESS) return undefined;
    return recheckMs * 2 ** doublings * (0.9 + 0.2 * random);
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
