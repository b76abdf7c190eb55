import type { Endpoint, Snapshot } from "@rollcall/core";

/** Addresses that are equally welcome. */
export type Tier = readonly string[];

/**
 * The brokers of a snapshot as `host:port`, best tier first: those in use in `rack` (all in use, without a rack), the others in use, those
 * set aside. Each address once. IPv6 literals are left out: kafkajs cuts an address at its first colon (kafkajs
 * `src/cluster/connectionPoolBuilder.js`).
 */
export function bootstrapTiers(snapshot: Snapshot | undefined, rack: string | undefined): readonly Tier[] {
  const { endpoints = [], aside = [] } = snapshot ?? {};
  const isNear = ({ attributes }: Endpoint): boolean => rack === undefined || attributes?.["rack"] === rack;
  const tiers = [endpoints.filter(isNear), endpoints.filter((endpoint) => !isNear(endpoint)), aside];
  const named = new Set<string>();
  return tiers.map((tier) =>
    tier.flatMap((endpoint) => bootstrapAddress(endpoint) ?? []).filter((text) => named.size < named.add(text).size),
  );
}

/** An address as kafkajs reads it; undefined for an IPv6 literal, which it cannot read. */
export function bootstrapAddress({ host, port }: Pick<Endpoint, "host" | "port">): string | undefined {
  return host.includes(":") ? undefined : `${host}:${port}`;
}

/**
 * The addresses to hand out, best first, each once. While the poller knows how things are, tier comes after tier, and the seeds are last.
 * While it is lost as well, nobody knows who is up: known addresses and seeds take turns, so that each gets its own.
 * Among equals it is the one that was not handed out for the longest time; of those that never were, any of the best tier.
 */
export function bootstrapOrder(options: {
  readonly tiers: readonly Tier[];
  readonly seeds: Tier;
  readonly lost: boolean;
  /** What was handed out, each address once, the latest last. */
  readonly recent: readonly string[];
  /** In [0, 1). */
  readonly random: () => number;
}): readonly string[] {
  const { tiers, lost, recent, random } = options;
  const known = tiers.flat();
  const seeds = options.seeds.filter((seed) => !known.includes(seed));
  if (!lost) return [...tiers, seeds].flatMap((tier) => leastRecentFirst([tier], recent, random));
  const latest = recent.at(-1);
  const isSeedsTurn = latest !== undefined && !seeds.includes(latest);
  const rows = (isSeedsTurn ? [[seeds], tiers] : [tiers, [seeds]]).map((row) => leastRecentFirst(row, recent, random));
  return Array.from({ length: known.length + seeds.length }, (_, at) => rows.flatMap((row) => row.slice(at, at + 1))).flat();
}

function leastRecentFirst(tiers: readonly Tier[], recent: readonly string[], random: () => number): readonly string[] {
  const fresh = tiers.flatMap((tier) =>
    shuffled(
      tier.filter((text) => !recent.includes(text)),
      random,
    ),
  );
  return [...fresh, ...recent.filter((text) => tiers.some((tier) => tier.includes(text)))];
}

function shuffled(tier: Tier, random: () => number): readonly string[] {
  const rest = [...tier];
  return tier.flatMap(() => rest.splice(Math.floor(random() * rest.length), 1));
}
