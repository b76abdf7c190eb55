import type { Endpoint, Snapshot } from "@rollcall/core";

/** Addresses that are equally welcome. */
type Tier = readonly string[];

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
 * The address to hand out next; undefined if there is none. While the poller knows how things are, that is one of the first tier that has
 * anybody. While it is lost as well, nobody knows who is up: known addresses and seeds take turns, so that each gets its own.
 * Among equals it is the one that was not handed out for the longest time; of those that never were, any of the best tier.
 */
export function chooseBootstrap(options: {
  readonly tiers: readonly Tier[];
  /** Only wanted when the tiers are empty, or when lost. */
  readonly seeds: Tier;
  readonly lost: boolean;
  /** What was handed out, each address once, the latest last. */
  readonly recent: readonly string[];
  /** In [0, 1). */
  readonly random: () => number;
}): string | undefined {
  const { tiers, lost, recent, random } = options;
  const known = tiers.flat();
  const seeds = options.seeds.filter((seed) => !known.includes(seed));
  const first = tiers.find((tier) => tier.length > 0);
  if (first !== undefined && !lost) return leastRecent([first], recent, random);
  const latest = recent.at(-1);
  const isSeedsTurn = first === undefined || (seeds.length > 0 && latest !== undefined && !seeds.includes(latest));
  return leastRecent(isSeedsTurn ? [seeds] : tiers, recent, random);
}

function leastRecent(tiers: readonly Tier[], recent: readonly string[], random: () => number): string | undefined {
  const fresh = tiers.map((tier) => tier.filter((text) => !recent.includes(text))).find((tier) => tier.length > 0);
  if (fresh !== undefined) return fresh[Math.floor(random() * fresh.length)];
  return recent.find((text) => tiers.some((tier) => tier.includes(text)));
}
