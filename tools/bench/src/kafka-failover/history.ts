/** What became of a message: handed to the client, acknowledged (or, by a consumer, read), failed for good. */
export type Happening = "sent" | "ok" | "failed";

/** What one producer or consumer did in some span of time. */
export interface Account {
  readonly sent: number;
  /** Messages that failed, and those that were handed over more than {@link SILENT_MS} before the end of the span and had no outcome by then. */
  readonly failed: number;
  /** The longest time without a message that went well; the ends of the span count as ends of a gap. */
  readonly gapMs: number;
}

/** After that long, in milliseconds, a message without an outcome counts as failed. */
export const SILENT_MS = 5_000;

/** All that happened to one producer or consumer, in order. Times are milliseconds since the epoch. */
export class History {
  readonly #happened: { readonly what: Happening; readonly at: number }[] = [];

  add(what: Happening, at: number): void {
    this.#happened.push({ what, at });
  }

  count(what: Happening, from: number = Number.NEGATIVE_INFINITY, to: number = Number.POSITIVE_INFINITY): number {
    return this.#times(what, from, to).length;
  }

  /** When that happened for the first time after `since`. */
  first(what: Happening, since: number = Number.NEGATIVE_INFINITY): number | undefined {
    return this.#times(what, since)[0];
  }

  /** When the last message had its outcome. */
  lastOutcome(): number | undefined {
    return this.#happened.findLast(({ what }) => what !== "sent")?.at;
  }

  account(from: number, to: number): Account {
    const ends = [from, ...this.#times("ok", from, to), to];
    const gapMs = Math.max(...ends.slice(1).map((at, before) => at - (ends[before] ?? at)));
    const outcomes = this.count("ok", 0, to) + this.count("failed", 0, to);
    const silent = Math.max(0, this.count("sent", 0, to - SILENT_MS) - outcomes);
    return { sent: this.count("sent", from, to), failed: this.count("failed", from, to) + silent, gapMs };
  }

  #times(of: Happening, from: number, to = Number.POSITIVE_INFINITY): readonly number[] {
    return this.#happened.filter(({ what, at }) => what === of && at >= from && at <= to).map(({ at }) => at);
  }
}
