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

  /** When the suspicions that no poll has answered want one; never, if there are none. */
  get wantedAt(): number {
    return this.#pending ? this.#notBefore : Number.POSITIVE_INFINITY;
  }

  /** A member is suspected. */
  suspected(): void {
    this.#pending = true;
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
  }
}
