import { createHash } from "node:crypto";
import { checkNumber, checkOptionNames, invalid } from "./check-options.js";
import type { Endpoint } from "./endpoint.js";
import type { Snapshot } from "./snapshot.js";

/**
 * Narrows the endpoints one subscription sees. Pure; returns some of the objects it was given. The sink's view is kept sorted
 * by id and without duplicates, whatever order is returned. Throwing, or choosing nobody although there is somebody, counts as
 * a failed delivery: the sink keeps what it has and the selection is tried again with backoff.
 */
export type Select = (endpoints: readonly Endpoint[]) => readonly Endpoint[];

/** Ready-made selections. */
export const select: {
  /** Only the endpoints whose attribute `zone` is the given one; all of them while there is none. @throws DiscoveryError `INVALID_OPTIONS` */
  readonly preferZone: (zone: string) => Select;
  /**
   * At most `size` endpoints (1 to 1 000 000), chosen by rendezvous hashing with `seed`: every seed gets its own subset, and a
   * member that comes or goes changes at most one place of it.
   * @throws DiscoveryError `INVALID_OPTIONS`
   */
  readonly subset: (options: { readonly size: number; readonly seed: string }) => Select;
} = {
  preferZone: (zone) => {
    if (typeof zone !== "string" || zone === "") throw invalid("select.preferZone zone", zone, "text that is not empty");
    return (endpoints) => {
      const near = endpoints.filter(({ attributes }) => attributes?.["zone"] === zone);
      return near.length > 0 ? near : endpoints;
    };
  },
  subset: (options) => {
    checkOptionNames("select.subset", options, ["size", "seed"]);
    const size = checkNumber("select.subset size", options.size, undefined, 1, 1_000_000);
    if (typeof options.seed !== "string") throw invalid("select.subset seed", options.seed, "text, such as this host's name");
    return (endpoints) =>
      endpoints
        .map((endpoint) => ({ endpoint, weight: weigh(options.seed, endpoint.id) }))
        .sort((a, b) => (a.weight < b.weight ? -1 : 1))
        .slice(0, size)
        .map(({ endpoint }) => endpoint);
  },
};

/**
 * The snapshot as one subscription sees it. The view's array is `applied` itself when it holds the same endpoints.
 * @throws Error when `choose` throws or leaves nobody
 */
export function selectView<T>(choose: Select | undefined, snapshot: Snapshot<T>, applied: readonly Endpoint[]): Snapshot<T> {
  if (choose === undefined) return snapshot;
  const chosen = new Set(choose(snapshot.endpoints));
  const view = snapshot.endpoints.filter((endpoint) => chosen.has(endpoint));
  if (view.length === 0 && snapshot.endpoints.length > 0) {
    throw new Error(`select chose none of ${snapshot.endpoints.length} endpoints; it must return some of these`);
  }
  const same = view.length === applied.length && view.every((endpoint, at) => endpoint === applied[at]);
  return Object.freeze({ ...snapshot, endpoints: same ? applied : Object.freeze(view) });
}

function weigh(seed: string, id: string): string {
  return createHash("sha256").update(`${seed}\0${id}`).digest("hex");
}
