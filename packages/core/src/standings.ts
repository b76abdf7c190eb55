import type { Clock } from "./clock.js";
import { reportAside } from "./diagnostics.js";
import type { Endpoint } from "./endpoint.js";
import type { Status } from "./snapshot.js";

type AsideMember = Status["aside"][number];

/** The listed members: whom to use, and who is set aside. Both frozen and sorted by id. */
export interface Split {
  readonly endpoints: readonly Endpoint[];
  readonly aside: readonly Endpoint[];
}

const NOBODY: readonly AsideMember[] & readonly Endpoint[] = Object.freeze([]);

/** Who of the listed members is not used now, and why. Everybody else is. */
export class Standings {
  readonly #key: string;
  readonly #clock: Clock;
  readonly #aside = new Map<string, AsideMember>();
  #split: Split = { endpoints: NOBODY, aside: NOBODY };
  #list: readonly AsideMember[] | undefined;

  /** @param key - the source's, for diagnostics */
  constructor(key: string, clock: Clock) {
    this.#key = key;
    this.#clock = clock;
  }

  /** How many are aside. */
  get count(): number {
    return this.#aside.size;
  }

  /** Everybody who is aside, sorted by id; the same object while nothing changes. */
  get list(): Status["aside"] {
    this.#list ??= Object.freeze([...this.#aside.values()].sort((a, b) => (a.id < b.id ? -1 : 1)));
    return this.#list;
  }

  /** Why a member is not used; undefined if it is. */
  reasonOf(id: string): AsideMember["reason"] | undefined {
    return this.#aside.get(id)?.reason;
  }

  /** A member is not used from now on, or for another reason than before. `cause` is what made somebody suspect it. */
  setAside(endpoint: Endpoint, reason: AsideMember["reason"], error?: unknown, cause?: unknown): void {
    const before = this.#aside.get(endpoint.id);
    const since = before?.since ?? this.#clock.wallNow();
    this.#aside.set(endpoint.id, Object.freeze({ id: endpoint.id, reason, since, error }));
    this.#list = undefined;
    if (before === undefined || before.reason === "newcomer") reportAside({ source: this.#key, endpoint, reason, error, cause });
  }

  /** A member is used again, or gone; returns whether it was aside. */
  bringBack(id: string): boolean {
    const wasAside = this.#aside.delete(id);
    if (wasAside) this.#list = undefined;
    return wasAside;
  }

  /** Splits the listed members. What says the same as the last time is the same array. */
  split(listed: readonly Endpoint[]): Split {
    if (this.count === 0) {
      this.#split = { endpoints: listed, aside: NOBODY };
      return this.#split;
    }
    const endpoints = listed.filter(({ id }) => !this.#aside.has(id));
    const aside = listed.filter(({ id }) => this.#aside.has(id));
    this.#split = { endpoints: reuse(this.#split.endpoints, endpoints), aside: reuse(this.#split.aside, aside) };
    return this.#split;
  }
}

function reuse(before: readonly Endpoint[], after: readonly Endpoint[]): readonly Endpoint[] {
  const same = before.length === after.length && before.every((endpoint, at) => endpoint === after[at]);
  return same ? before : Object.freeze(after);
}
