import { diffEndpoints } from "./diff.js";
import type { Endpoint } from "./endpoint.js";
import type { Listing } from "./listing.js";
import type { MetadataSource } from "./metadata-source.js";
import type { ProbeOptions, ResolvedOptions } from "./poller-options.js";
import { Probing } from "./probing.js";
import type { Status } from "./snapshot.js";
import { type Split, Standings } from "./standings.js";

/** What {@link WhoServes} needs of its poller. */
export interface WhoServesHost {
  readonly source: Pick<MetadataSource<unknown>, "key" | "probe" | "probeEveryMs">;
  readonly options: ResolvedOptions;
  /** Somebody's standing changed between two answers; called once per turn. */
  changed(): void;
  /** There is reason to ask the cluster. */
  wantPoll(): void;
}

/** Who of the listed members is used: everybody, except those whom the cluster reports as down or who, when asked, do not serve. */
export class WhoServes {
  readonly #host: WhoServesHost;
  readonly #standings: Standings;
  readonly #probing: Probing | undefined;
  #listed: Listing | undefined;
  #changing = false;

  constructor(host: WhoServesHost) {
    this.#host = host;
    const { source, options } = host;
    const standings = new Standings(source.key, options.clock);
    this.#standings = standings;
    const { probe } = source;
    if (probe === undefined || options.probe === undefined) return;
    this.#probing = new Probing({
      options,
      pace: paceOf(options.probe, source.probeEveryMs, options.minIntervalMs),
      standings,
      probe: (endpoint, context) => probe.call(source, endpoint, context),
      changed: () => this.#changed(),
      wantPoll: () => host.wantPoll(),
    });
  }

  /** Why each member that is set aside is not used. */
  get aside(): Status["aside"] {
    return this.#standings.list;
  }

  /** Polling begins. */
  start(): void {
    this.#probing?.start();
  }

  /** Polling ends, perhaps for good. */
  stop(forGood = false): void {
    this.#probing?.stop(!forGood);
  }

  /** A client was failed by whoever is at this address: it is asked, or, if nobody can be asked, the cluster is. */
  suspect(at: Pick<Endpoint, "host" | "port">, cause: unknown): void {
    if (this.#probing !== undefined) this.#probing.suspect(at, cause);
    else if ((this.#listed?.at(at).length ?? 0) > 0) this.#host.wantPoll();
  }

  /** Splits what is listed now. */
  split(listed: Listing): Split {
    return this.#standings.split(listed.endpoints);
  }

  /**
   * An answer is believed.
   * @param reported - who is down, as the cluster itself says; undefined = it did not say
   */
  listed(next: Listing, reported: ReadonlySet<string> | undefined): void {
    const before = this.#listed?.endpoints ?? [];
    this.#listed = next;
    if (before !== next.endpoints && (this.#probing !== undefined || this.#standings.count > 0)) {
      const diff = diffEndpoints(before, next.endpoints);
      const keepsNobody = diff.removed.length === before.length;
      for (const { id } of diff.removed) this.#standings.bringBack(id);
      this.#probing?.listed(next, diff, keepsNobody ? [] : diff.added);
    }
    if (reported !== undefined) this.#report(next, reported);
    if (this.#standings.count >= next.endpoints.length) this.#useAnyway();
  }

  #report(listed: Listing, reported: ReadonlySet<string>): void {
    const down = listed.endpoints.filter(({ id }) => reported.has(id));
    const everybody = down.length === listed.endpoints.length;
    for (const { id, reason } of this.aside) if (reason === "reported" && (everybody || !reported.has(id))) this.#standings.bringBack(id);
    if (everybody) return;
    for (const endpoint of down) {
      if (this.#standings.reasonOf(endpoint.id) === "reported") continue;
      this.#standings.setAside(endpoint, "reported");
      this.#probing?.drop(endpoint.id);
    }
  }

  /** Nobody would be left: whoever is not reported as down may well serve. */
  #useAnyway(): void {
    for (const { id, reason } of this.aside) if (reason !== "reported") this.#standings.bringBack(id);
  }

  #changed(): void {
    if (this.#changing) return;
    this.#changing = true;
    queueMicrotask(() => {
      this.#changing = false;
      this.#host.changed();
    });
  }
}

function paceOf(probe: ProbeOptions, sourceEveryMs: number | undefined, minIntervalMs: number): ProbeOptions {
  const everyMs = probe.everyMs ?? sourceEveryMs;
  return { ...probe, everyMs: everyMs === undefined ? undefined : Math.max(everyMs, minIntervalMs) };
}
