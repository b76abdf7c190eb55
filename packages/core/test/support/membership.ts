import { Listing } from "../../src/listing.js";
import type { MetadataSource } from "../../src/metadata-source.js";
import { type PollerOptions, resolveOptions } from "../../src/poller-options.js";
import { WhoServes } from "../../src/who-serves.js";
import { answers, type Serves } from "./probing-source.js";
import { answer, ids } from "./scripted-source.js";
import { SteadyClock } from "./steady-clock.js";

/** Who serves, without a poller: members answer at once unless the test says otherwise. */
export class Membership {
  readonly clock = new SteadyClock();
  readonly serves = new Map<string, Serves>();
  readonly asked: string[] = [];
  readonly told = { changed: 0, polls: 0 };
  readonly whoServes: WhoServes;
  #listing = new Listing([]);

  constructor(options: PollerOptions = {}, { probeEveryMs, probes = true }: { probeEveryMs?: number; probes?: boolean } = {}) {
    const probe: MetadataSource<unknown>["probe"] = ({ id }, context) => this.#probe(id, context);
    this.whoServes = new WhoServes({
      source: { key: "test", probeEveryMs, ...(probes ? { probe } : {}) },
      options: resolveOptions({ clock: this.clock, ...options }),
      changed: () => this.#tell("changed"),
      wantPoll: () => this.#tell("polls"),
    });
    this.whoServes.start();
  }

  #tell(what: "changed" | "polls"): void {
    this.told[what] += 1;
  }

  #probe(id: string, context: { readonly signal: AbortSignal }): Promise<void> {
    this.asked.push(id);
    return (this.serves.get(id) ?? answers)(context);
  }

  /** An answer lists these, and reports some of them as down; undefined = it does not say. */
  list(members: string, reported?: string): void {
    this.#listing = this.#listing.read(answer(...members.split(" ").filter(Boolean)).endpoints, undefined, () => undefined);
    this.whoServes.listed(this.#listing, reported === undefined ? undefined : new Set(reported.split(" ")));
  }

  /** These do not serve, say so, and are suspected. */
  async lose(...members: readonly string[]): Promise<void> {
    for (const id of members) this.serves.set(id, () => Promise.reject(new Error("no")));
    for (const id of members) this.whoServes.suspect({ host: `${id}.test`, port: 2379 }, undefined);
    await this.clock.advance(0);
  }

  /** Who is used, and who is aside: `a b | c`. */
  get now(): string {
    const { endpoints, aside } = this.whoServes.split(this.#listing);
    return `${ids(endpoints)} | ${ids(aside)}`.trim();
  }

  get why(): string {
    return this.whoServes.aside.map(({ id, reason }) => `${id} ${reason}`).join(", ");
  }
}
