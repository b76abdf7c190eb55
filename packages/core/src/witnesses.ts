import type { Endpoint } from "./endpoint.js";

/** How far to look for somebody in use before anybody will do. */
const LOOK_AT = 32;

/** Among whom witnesses are chosen. */
export interface Candidates {
  /** Whoever answered last. */
  readonly likely: readonly Endpoint[];
  readonly listed: readonly Endpoint[];
  /** Where in the list to begin. */
  readonly from: number;
  /** Whether it can be asked now. */
  readonly free: (endpoint: Endpoint) => boolean;
  /** Whether it is not set aside. */
  readonly used: (endpoint: Endpoint) => boolean;
}

/** Up to `count` members to ask together with a suspect: whoever is used, those who answered last first; then anybody. */
export function chooseWitnesses(count: number, { likely, listed, from, free, used }: Candidates): readonly Endpoint[] {
  const chosen = new Set<Endpoint>();
  const choose = (candidates: Iterable<Endpoint>, fits: (endpoint: Endpoint) => boolean): void => {
    for (const candidate of candidates) {
      if (chosen.size >= count) return;
      if (fits(candidate)) chosen.add(candidate);
    }
  };
  const serving = (endpoint: Endpoint): boolean => used(endpoint) && free(endpoint);
  choose(likely, serving);
  choose(turned(listed, from, LOOK_AT), serving);
  choose(turned(listed, from, listed.length), free);
  return [...chosen];
}

function* turned(listed: readonly Endpoint[], from: number, limit: number): Generator<Endpoint, void, undefined> {
  for (let step = 0; step < Math.min(limit, listed.length); step += 1) yield listed[(from + step) % listed.length] as Endpoint;
}
