/** What became of one write. Times are milliseconds since the epoch, by the clock of whoever wrote. */
export interface Write {
  readonly sentAt: number;
  readonly doneAt: number;
  readonly ok: boolean;
  /** `host:port` of the member that had it; anything else when the client does not tell. */
  readonly member: string;
}

/** What one client did in some span of time. */
export interface Account {
  readonly ok: number;
  readonly failed: number;
  /** The longest time between two writes that went well, in milliseconds; the ends of the span count as ends of a gap. */
  readonly gapMs: number;
  /** How long the slowest write took that went well, in milliseconds; 0 when none did. */
  readonly slowestMs: number;
  /** When the first write went well, counted from the beginning of the span, in milliseconds. Undefined: none did. */
  readonly firstMs: number | undefined;
  /** Whether one went well within the last {@link ALIVE_MS}. */
  readonly alive: boolean;
}

/** Who has had no write that went well for so long is lost, in milliseconds: longer than any write may take. */
export const ALIVE_MS = 2_500;

/** All writes of one client, in order. */
export class History {
  readonly #writes: Write[] = [];

  add(write: Write): void {
    this.#writes.push(write);
  }

  /** How many went well so far. */
  get ok(): number {
    return this.#writes.filter(({ ok }) => ok).length;
  }

  /** When the first write that a member acknowledged had been sent; undefined when it has acknowledged none. */
  firstOn(member: string): number | undefined {
    return this.#writes.find((write) => write.ok && write.member === member)?.sentAt;
  }

  /** Of the writes that ended between two moments. */
  account(from: number, to: number): Account {
    const ended = this.#writes.filter(({ doneAt }) => doneAt >= from && doneAt <= to);
    const good = ended.filter(({ ok }) => ok);
    const ends = [from, ...good.map(({ doneAt }) => doneAt), to];
    const [first] = good;
    return {
      ok: good.length,
      failed: ended.length - good.length,
      gapMs: Math.max(...ends.slice(1).map((at, before) => at - (ends[before] ?? at))),
      slowestMs: Math.max(0, ...good.map(({ sentAt, doneAt }) => doneAt - sentAt)),
      firstMs: first && first.doneAt - from,
      alive: good.some(({ doneAt }) => doneAt > to - ALIVE_MS),
    };
  }
}
