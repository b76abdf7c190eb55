import type { RocketmqDivergence } from "./rocketmq-broker.js";

/** What one nameserver says, in one poll, of one subject: a cluster's brokers, or one topic. */
export interface Statement<I> {
  /** `host:port` of the nameserver. */
  readonly by: string;
  /** Whether it knows the subject, so that what it does not list is not there, as far as it knows. One that has just started knows nothing, and says so in the same words. */
  readonly informed: boolean;
  /** What it lists, by key. */
  readonly items: ReadonlyMap<string, I>;
}

/** Something that is believed to be there. */
export interface Believed<I> {
  readonly item: I;
  /** The nameservers that have listed it and were informed in every poll since. Only they can testify that it is gone: whoever started meanwhile never had it. */
  readonly witnesses: readonly string[];
  /** When it was first listed by nobody, on the clock, in milliseconds; undefined while somebody lists it, and after a poll that nobody answered. */
  readonly missingSince: number | undefined;
}

/** What is believed of one subject, by key: first what the fullest statement lists, in its order, and last what nobody lists any more. */
export type Belief<I> = ReadonlyMap<string, Believed<I>>;

/** How many witnesses it takes: each may have been restarted since the poll before, unseen. */
const WITNESSES = 2;

/**
 * What to believe of nameservers, which do not know each other, after one more poll.
 *
 * - What anybody lists is there. Of what is said differently the fullest statement counts (most items, then the lower address).
 * - What nobody lists is gone if two of its witnesses are informed, that is, have seen it go; else once it has been missing for `graceMs`.
 * - Nobody answered: nothing is there or gone because of that, but nobody is a witness any more, and every grace begins anew, since any of them may be starting anew.
 */
export function agree<I>(
  before: Belief<I>,
  statements: readonly Statement<I>[],
  { now, graceMs }: { readonly now: number; readonly graceMs: number },
): Belief<I> {
  const informed = statements.filter((statement) => statement.informed);
  const after = new Map<string, Believed<I>>();
  for (const { items } of [...statements].sort(fullestFirst)) {
    for (const [key, item] of items) {
      if (!after.has(key)) after.set(key, { item, witnesses: witnessesOf(key, before, informed), missingSince: undefined });
    }
  }
  for (const [key, { item, missingSince = now }] of before) {
    if (after.has(key)) continue;
    const witnesses = witnessesOf(key, before, informed);
    if (statements.length === 0) after.set(key, { item, witnesses, missingSince: undefined });
    else if (witnesses.length < WITNESSES && now - missingSince < graceMs) after.set(key, { item, witnesses, missingSince });
  }
  return after;
}

/** What is believed on the word of an earlier life of this process: there are no witnesses. */
export function believed<I>(items: Iterable<readonly [key: string, item: I]>): Belief<I> {
  return new Map(Array.from(items, ([key, item]) => [key, { item, witnesses: [], missingSince: undefined }]));
}

/** What each of these nameservers does not list although another does; those that lack nothing are left out. */
export function divergenceOf<I>(belief: Belief<I>, statements: readonly Statement<I>[]): readonly RocketmqDivergence[] {
  const listed = [...belief].flatMap(([key, { missingSince }]) => (missingSince === undefined ? [key] : []));
  return statements
    .filter(({ items }) => items.size < listed.length)
    .map(({ by, items }) => ({ nameserver: by, lacks: listed.filter((key) => !items.has(key)).sort() }));
}

function witnessesOf<I>(key: string, before: Belief<I>, informed: readonly Statement<I>[]): readonly string[] {
  const had = before.get(key)?.witnesses ?? [];
  return informed.flatMap(({ by, items }) => (items.has(key) || had.includes(by) ? [by] : []));
}

function fullestFirst<I>(a: Statement<I>, b: Statement<I>): number {
  return b.items.size - a.items.size || (a.by < b.by ? -1 : 1);
}
