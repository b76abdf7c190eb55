/**
 * Spaces out the polls that suspicions cause. While they bring nothing new their distance doubles up to `maxGapMs`, so that
 * an incident which membership cannot explain does not become a poll storm.
 */
export class SuspicionPace {
  readonly #minGapMs: number;
  readonly #maxGapMs: number;
  #gapMs: number;
  #notBefore = Number.NEGATIVE_INFINITY;
  #pending = false;
  #polling = false;

  constructor(minGapMs: number, maxGapMs: number) {
    this.#minGapMs = minGapMs;
    this.#maxGapMs = maxGapMs;
    this.#gapMs = minGapMs;
  }

  /** A member is suspected: when to poll for it. */
  suspected(now: number): number {
    this.#pending = true;
    return Math.max(now, this.#notBefore);
  }

  /** A poll starts; it answers every suspicion so far. */
  pollStarted(): void {
    this.#polling = this.#pending;
    this.#pending = false;
  }

  /** That poll is over. */
  pollEnded(now: number, news: boolean): void {
    if (news) this.#gapMs = this.#minGapMs;
    else if (this.#polling) this.#gapMs = Math.min(2 * this.#gapMs, this.#maxGapMs);
    if (news || this.#polling) this.#notBefore = now + this.#gapMs;
    this.#polling = false;
  }
}
