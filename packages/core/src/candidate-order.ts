import { DiscoveryError } from "./discovery-error.js";
import type { Seeds } from "./metadata-source.js";

/**
 * Whom one round asks, for `askCandidates`: `first` as given, then everybody known, then every seed; each once. The seeds are always
 * there, because learned addresses can all be gone, and a seeds function is called only when the round reaches them. Known and seeds
 * are shuffled, lest a whole fleet ask the same member.
 *
 * A seeds function that fails takes nobody's turn: its error comes when everybody else has been named.
 */
export async function* candidateOrder<C>(options: {
  /** Whom to ask before all others, in this order: whoever answered last, unless it is aside. */
  readonly first: readonly C[];
  /** Who was listed the last time, as candidates. */
  readonly known: readonly C[];
  /** Where to start from: a list, or a function that is called at most once. */
  readonly seeds: Seeds;
  /** The candidate that a seed names; of a text that is no address, one that whoever asks refuses with a reason. */
  readonly seed: (text: string) => C;
  /** Candidates with the same key are one. */
  readonly keyOf: (candidate: C) => string;
  /** In [0, 1). */
  readonly random: () => number;
  /** Handed to the seeds function. */
  readonly signal: AbortSignal;
  /** Asked before each of `known`: true makes the seeds come now, and the rest of `known` after them. Default: never. */
  readonly seedsNext?: (() => boolean) | undefined;
}): AsyncGenerator<C, void> {
  const { first, known, seeds, seed, keyOf, random, signal, seedsNext = () => false } = options;
  const named = new Set<string>();
  const isNew = (candidate: C): boolean => named.size < named.add(keyOf(candidate)).size;
  yield* first.filter(isNew);
  const rest = shuffled(known, random);
  while (rest.length > 0 && !seedsNext()) yield* rest.splice(0, 1).filter(isNew);
  const [resolved] = await Promise.allSettled([resolve(seeds, signal)]);
  if (resolved.status === "fulfilled") yield* shuffled(resolved.value, random).map(seed).filter(isNew);
  yield* rest.filter(isNew);
  if (resolved.status === "rejected") throw resolved.reason;
}

async function resolve(seeds: Seeds, signal: AbortSignal): Promise<readonly string[]> {
  const texts: unknown = typeof seeds === "function" ? await seeds({ signal }) : seeds;
  if (Array.isArray(texts) && texts.every((text) => typeof text === "string")) return texts;
  throw new DiscoveryError("MALFORMED_RESPONSE", "the seeds function returned no list", { source: "core" });
}

/** Drawn from the rest one by one; randomness that is always 0 keeps the order. */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const rest = [...items];
  return items.flatMap(() => rest.splice(Math.floor(random() * rest.length), 1));
}
