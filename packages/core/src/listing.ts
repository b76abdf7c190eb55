import { textOf } from "./discovery-error.js";
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
  readonly #rows: readonly Row[];
  /** The rows in the order in which answers list them, as far as it is known: most answers repeat the one before. */
  readonly #asListed: Row[];
  #index: ReadonlyMap<string, Row> | undefined;
  #byAddress: Map<string, Endpoint[]> | undefined;
  #answers = 0;

  /** @param endpoints - frozen, sorted by id, ids unique */
  constructor(endpoints: readonly Endpoint[]) {
    this.endpoints = Object.freeze(endpoints);
    this.#rows = endpoints.map((endpoint) => ({ endpoint, answer: 0, moved: undefined }));
    this.#asListed = [...this.#rows];
  }

  get #byId(): ReadonlyMap<string, Row> {
    this.#index ??= new Map(this.#rows.map((row) => [row.endpoint.id, row]));
    return this.#index;
  }

  /**
   * What an answer makes of this list. Untouched endpoints keep their identity; an entry that is bad, or whose id came before,
   * is rejected and fails nothing else.
   */
  read(entries: Iterable<Endpoint>, mapEndpoint: MapEndpoint | undefined, reject: Reject): Listing {
    const answer = ++this.#answers;
    const added = new Map<string, Endpoint>();
    let place = -1;
    for (const entry of entries) {
      place += 1;
      try {
        const endpoint = mapEndpoint === undefined ? entry : mapEndpoint(entry);
        if (endpoint === undefined && mapEndpoint !== undefined) continue; // dropped on purpose
        const renamed = endpoint !== entry && endpoint?.id !== entry.id;
        const problem = renamed
          ? "mapEndpoint changed its id, or is not synchronous"
          : this.#note(endpoint as Endpoint, answer, place, added);
        if (problem !== undefined) reject(entry, problem);
      } catch (error) {
        reject(entry, `reading it threw: ${textOf(error)}`);
      }
    }
    if (added.size === 0 && this.#rows.every((row) => row.answer === answer && row.moved === undefined)) return this;
    const kept = this.#rows.filter((row) => row.answer === answer).map((row) => row.moved ?? row.endpoint);
    return new Listing(merge(kept, [...added.values()].sort(byId)));
  }

  /** Takes down what one entry says; returns why it is not used, if so. */
  #note(endpoint: Endpoint, answer: number, place: number, added: Map<string, Endpoint>): string | undefined {
    const row = this.#rowOf(endpoint?.id, place);
    const known = row !== undefined && sameEndpoint(row.endpoint, endpoint);
    const problem = known ? undefined : endpointProblem(endpoint);
    if (problem !== undefined) return problem;
    if (row?.answer === answer || added.has(endpoint.id)) return "its id came before";
    if (row === undefined) {
      added.set(endpoint.id, frozenEndpoint(endpoint));
      return undefined;
    }
    row.answer = answer;
    row.moved = known ? undefined : frozenEndpoint(endpoint);
    return undefined;
  }

  /** The row of an id: the one that was at this place the last time, or whichever has it. */
  #rowOf(id: string, place: number): Row | undefined {
    const expected = this.#asListed[place];
    if (expected?.endpoint.id === id) return expected;
    const row = this.#byId.get(id);
    if (row !== undefined && expected !== undefined) this.#asListed[place] = row;
    return row;
  }

  /** The member with this id. */
  get(id: string): Endpoint | undefined {
    return this.#byId.get(id)?.endpoint;
  }

  /** The members at an address; there may be several. */
  at({ host, port }: Pick<Endpoint, "host" | "port">): readonly Endpoint[] {
    if (this.#byAddress === undefined) {
      this.#byAddress = new Map();
      for (const endpoint of this.endpoints) {
        const there = this.#byAddress.get(addressOf(endpoint));
        if (there === undefined) this.#byAddress.set(addressOf(endpoint), [endpoint]);
        else there.push(endpoint);
      }
    }
    return this.#byAddress.get(addressOf({ host, port })) ?? [];
  }

  /** Whether every member of this list is in `next`. */
  isKeptBy(next: Listing): boolean {
    let at = 0;
    return this.endpoints.every((endpoint) => {
      while (next.endpoints[at] !== undefined && (next.endpoints[at] as Endpoint).id < endpoint.id) at += 1;
      return next.endpoints[at]?.id === endpoint.id;
    });
  }

  /** `next`, but without its removals. */
  withoutRemovals(next: Listing): Listing {
    const removed = this.endpoints.filter(({ id }) => !next.#byId.has(id));
    const union = merge(removed, next.endpoints);
    const unchanged = union.length === this.endpoints.length && union.every((endpoint, at) => endpoint === this.endpoints[at]);
    return unchanged ? this : new Listing(union);
  }
}

function addressOf({ host, port }: Pick<Endpoint, "host" | "port">): string {
  return `${host} ${port}`;
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
