import { diffEndpoints } from "../../src/diff.js";
import type { Endpoint } from "../../src/endpoint.js";
import { Listing } from "../../src/listing.js";
import type { ProbeOptions } from "../../src/poller-options.js";
import { Probing, type ProbingHost } from "../../src/probing.js";
import { Standings } from "../../src/standings.js";
import { answers, type Serves } from "./probing-source.js";
import { answer } from "./scripted-source.js";
import { SteadyClock } from "./steady-clock.js";

/** Probing without a poller, on a clock whose dice always show one half: members answer at once unless the test says otherwise. */
export class ProbingStage implements ProbingHost {
  readonly clock = new SteadyClock();
  readonly options = { clock: this.clock, minIntervalMs: 1_000 };
  readonly pace: ProbeOptions;
  readonly standings: Standings = new Standings("test", this.clock);
  /** Every question: `a`, or `a@host` when it is put to another address than usual. */
  readonly asked: string[] = [];
  readonly signals = new Map<string, AbortSignal>();
  /** How often the probing told that a standing changed, and that a poll is wanted. */
  readonly told = { changed: 0, wantPoll: 0 };
  /** What the members do, by id. */
  readonly serves = new Map<string, Serves>();
  readonly probing: Probing;
  #listed = new Listing([]);

  constructor(pace: Partial<ProbeOptions> = {}) {
    this.pace = { timeoutMs: 500, recheckMs: 1_000, everyMs: undefined, ...pace };
    this.probing = new Probing(this);
  }

  /** Who is aside, and why: `b refused, c newcomer`. */
  get aside(): string {
    return this.standings.list.map(({ id, reason }) => `${id} ${reason}`).join(", ");
  }

  /** The cluster lists these now; who is new waits aside, unless `used`. */
  list(members: string, used = false): void {
    const next = this.#listed.read(answer(...members.split(" ")).endpoints, undefined, () => undefined);
    const diff = diffEndpoints(this.#listed.endpoints, next.endpoints);
    this.#listed = next;
    for (const { id } of diff.removed) this.standings.bringBack(id);
    this.probing.listed(next, diff, used ? [] : diff.added);
  }

  suspect(host: string, cause?: unknown): void {
    this.probing.suspect({ host, port: 2379 }, cause);
  }

  /** These do not serve, and say so. */
  refuse(...ids: readonly string[]): void {
    for (const id of ids) this.serves.set(id, () => Promise.reject(new Error("connection refused")));
  }

  /** How often a member was asked. */
  timesOf(id: string): number {
    return this.asked.filter((asked) => asked === id).length;
  }

  async probe({ id, host }: Endpoint, context: { readonly signal: AbortSignal }): Promise<void> {
    this.asked.push(host === `${id}.test` ? id : `${id}@${host}`);
    this.signals.set(id, context.signal);
    await (this.serves.get(id) ?? answers)(context);
  }

  changed(): void {
    this.told.changed += 1;
  }

  wantPoll(): void {
    this.told.wantPoll += 1;
  }
}

/** A stage on which these are listed and used, and probing goes on. */
export function begun(members: string, pace?: Partial<ProbeOptions>): ProbingStage {
  const stage = new ProbingStage(pace);
  stage.list(members, true);
  stage.probing.start();
  return stage;
}
