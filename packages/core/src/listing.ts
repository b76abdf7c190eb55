import type { Endpoint, MapEndpoint } from "./endpoint.js";
import { endpointProblem, frozenEndpoint, sameEndpoint } from "./endpoint-value.js";

/** Why an entry of an answer is not used. */
export type Reject = (entry: unknown, reason: string) => void;

interface Row {
  readonly endpoint: Endpoint;
  /** The last answer that listed this id. */
  answer: number;
  /** What that answer says instead, if it differs. */
  moved: Endpoint | undefined;
}

/**
 * The listed members: an immutable list with an index by id. Reading an unchanged answer allocates nothing per endpoint and
 * returns the same object.
 */
export class Listing {
  /** Frozen, sorted by id, ids unique. */
  readonly endpoints: readonly Endpoint[];
  readonly #rows: ReadonlyMap<string, Row>;
  #answers = 0;

  /** @param endpoints - frozen, sorted by id, ids unique */
  constructor(endpoints: readonly Endpoint[]) {
    this.endpoints = Object.freeze(endpoints);
    this.#rows = new Map(endpoints.map((endpoint) => [endpoint.id, { endpoint, answer: 0, moved: undefined }]));
  }

  /**
   * What an answer makes of this list. Untouched endpoints keep their identity; an entry that is bad, or whose id came before,
   * is rejected and fails nothing else.
   */
  read(entries: Iterable<Endpoint>, mapEndpoint: MapEndpoint | undefined, reject: Reject): Listing {
    const answer = ++this.#answers;
    const added = new Map<string, Endpoint>();
    let kept = 0;
    let moved = 0;
    for (const entry of entries) {
      const endpoint = mapEndpoint === undefined ? entry : mapped(entry, mapEndpoint, reject);
      if (endpoint === undefined) continue;
      const row = this.#rows.get(endpoint?.id);
      const known = row !== undefined && sameEndpoint(row.endpoint, endpoint);
      const problem = known ? undefined : endpointProblem(endpoint);
      if (problem !== undefined) reject(entry, problem);
      else if (row?.answer === answer || added.has(endpoint.id)) reject(entry, "an entry before it has the same id");
      else if (row === undefined) added.set(endpoint.id, frozenEndpoint(endpoint));
      else {
        row.answer = answer;
        row.moved = known ? undefined : frozenEndpoint(endpoint);
        kept += 1;
        if (!known) moved += 1;
      }
    }
    if (kept === this.#rows.size && moved === 0 && added.size === 0) return this;
    return new Listing(merge(this.#keptBy(answer), [...added.values()].sort(byId)));
  }

  /** Whether every member of this list is in `next`. */
  isKeptBy(next: Listing): boolean {
    return this.endpoints.every(({ id }) => next.#rows.has(id));
  }

  /** `next`, but without its removals. */
  withoutRemovals(next: Listing): Listing {
    const removed = this.endpoints.filter(({ id }) => !next.#rows.has(id));
    const union = merge(removed, next.endpoints);
    const unchanged = union.length === this.endpoints.length && union.every((endpoint, at) => endpoint === this.endpoints[at]);
    return unchanged ? this : new Listing(union);
  }

  #keptBy(answer: number): Endpoint[] {
    const kept: Endpoint[] = [];
    for (const row of this.#rows.values()) {
      if (row.answer === answer) kept.push(row.moved ?? row.endpoint);
    }
    return kept;
  }
}

function mapped(entry: Endpoint, mapEndpoint: MapEndpoint, reject: Reject): Endpoint | undefined {
  try {
    const endpoint = mapEndpoint(entry);
    if (endpoint === undefined || endpoint.id === entry.id) return endpoint;
    reject(entry, `mapEndpoint changed its id to ${String(endpoint.id)}; ids must stay`);
  } catch (error) {
    reject(entry, `mapEndpoint threw: ${String(error)}`);
  }
  return undefined;
}

function byId(a: Endpoint, b: Endpoint): number {
  return a.id < b.id ? -1 : 1;
}

/** Merges two lists that are sorted by id and share none. */
function merge(left: readonly Endpoint[], right: readonly Endpoint[]): Endpoint[] {
  const merged: Endpoint[] = [];
  let at = 0;
  for (const endpoint of left) {
    for (let next = right[at]; next !== undefined && next.id < endpoint.id; next = right[++at]) merged.push(next);
    merged.push(endpoint);
  }
  for (; at < right.length; at += 1) merged.push(right[at] as Endpoint);
  return merged;
}
