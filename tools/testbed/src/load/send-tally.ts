/** What became of the sends of one producer so far. */
export interface SendReport {
  /** Sends that a broker acknowledged. */
  readonly ok: number;
  /** Sends that failed for good, each with its error; without those of `flowControl`. */
  readonly failed: readonly string[];
  /** Sends that a broker refused because it was too busy (code 2, SYSTEM_BUSY): the machine's fault, nobody's who chose that broker. */
  readonly flowControl: number;
  /** The longest time between two acknowledgements, and from the last one until now, in milliseconds. */
  readonly longestGapMs: number;
}

const SYSTEM_BUSY = 2;

/** Counts sends, whoever sends them. */
export class SendTally {
  readonly #acknowledged: { readonly body: string; readonly at: number }[] = [];
  readonly #failed: { readonly at: number; readonly error: string }[] = [];
  #flowControl = 0;
  #longestGapMs = 0;

  /** A send of this body was acknowledged now. */
  acknowledged(body: string): void {
    const at = performance.now();
    this.#longestGapMs = Math.max(this.#longestGapMs, at - (this.#acknowledged.at(-1)?.at ?? at));
    this.#acknowledged.push({ body, at });
  }

  /** One send has failed now. */
  failed(error: string, code?: number): void {
    if (code === SYSTEM_BUSY) this.#flowControl += 1;
    else this.#failed.push({ at: performance.now(), error });
  }

  get report(): SendReport {
    const now = performance.now();
    return {
      ok: this.#acknowledged.length,
      failed: this.#failed.map(({ error }) => error),
      flowControl: this.#flowControl,
      longestGapMs: Math.round(Math.max(this.#longestGapMs, now - (this.#acknowledged.at(-1)?.at ?? now))),
    };
  }

  /** How many sends were acknowledged after `since`, by `performance.now()`. */
  acknowledgedAfter(since: number): number {
    return this.#acknowledged.filter(({ at }) => at > since).length;
  }

  /** Acknowledged bodies that are not among these; must be none when all of the topic was read. */
  missingFrom(read: ReadonlySet<string>): readonly string[] {
    return this.#acknowledged.map(({ body }) => body).filter((body) => !read.has(body));
  }

  /** When the last send failed, by `performance.now()`; undefined when none did. */
  get lastFailedAt(): number | undefined {
    return this.#failed.at(-1)?.at;
  }
}
