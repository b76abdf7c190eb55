import type { Endpoint } from "./endpoint.js";
import { Hearings } from "./hearings.js";
import type { Listing } from "./listing.js";
import type { ProbeOptions, ResolvedOptions } from "./poller-options.js";
import { ProbedMember, type Urgency } from "./probed-member.js";
import type { Failure } from "./running-probe.js";
import type { Diff } from "./snapshot.js";
import type { Standings } from "./standings.js";
import { Timer } from "./timer.js";
import { chooseWitnesses } from "./witnesses.js";

/** What the probing needs of its poller. */
export interface ProbingHost {
  readonly options: Pick<ResolvedOptions, "clock" | "minIntervalMs">;
  readonly pace: ProbeOptions;
  readonly standings: Standings;
  probe(endpoint: Endpoint, context: { readonly signal: AbortSignal }): Promise<void>;
  /** A member's standing changed. */
  changed(): void;
  /** There is reason to ask the cluster. */
  wantPoll(): void;
}

/**
 * When members are asked whether they serve, and what follows from it: on suspicion, when they are new or have moved, again and again
 * while they do not serve, and every `everyMs` if somebody wants that. What the answers prove is up to `Hearings`.
 */
export class Probing {
  readonly #host: ProbingHost;
  readonly #hearings: Hearings;
  /** Whoever was ever asked, by id. */
  readonly #members = new Map<string, ProbedMember>();
  readonly #everybody: Timer;
  #listed: Listing | undefined;
  /** Newcomers that were to be asked when polling ended. */
  readonly #unasked = new Set<string>();
  #on = false;

  constructor(host: ProbingHost) {
    this.#host = host;
    const { clock } = host.options;
    this.#everybody = new Timer(clock, () => this.#askEverybody());
    this.#hearings = new Hearings({
      clock,
      timeoutMs: host.pace.timeoutMs,
      probe: (endpoint, context) => host.probe(endpoint, context),
      witnesses: (count, except) => this.#witnesses(count, except),
      isUsed: ({ endpoint }) => !this.#isAside(endpoint),
      answered: (member) => this.#bringBack(member),
      convicted: (member, failure) => this.#convicted(member, failure),
      unproven: (member, isNews) => {
        this.#bringBack(member);
        this.#askLater(member, false);
        if (isNews) host.wantPoll();
      },
    });
  }

  /** Polling begins: whoever is aside is asked first, and the newcomers that nobody stayed to ask. */
  start(): void {
    this.#on = true;
    this.#hearings.start();
    for (const id of [...this.#host.standings.list.map((member) => member.id), ...this.#unasked]) this.#ask(this.#listed?.get(id));
    this.#unasked.clear();
    this.#askEverybodyLater();
  }

  /**
   * Polling ends: nobody is asked any more.
   * @param useNewcomers - whether newcomers that have not answered are used meanwhile, or whoever only refreshes would never see them
   */
  stop(useNewcomers = true): void {
    this.#on = false;
    this.#everybody.clear();
    this.#hearings.stop();
    for (const member of this.#members.values()) member.cancel();
    for (const { id, reason } of this.#host.standings.list) {
      if (!useNewcomers || reason !== "newcomer") continue;
      this.#unasked.add(id);
      this.#host.standings.bringBack(id);
      this.#host.changed();
    }
  }

  /** A client was failed by whoever is at this address. */
  suspect(at: Pick<Endpoint, "host" | "port">, cause: unknown): void {
    const { clock, minIntervalMs } = this.#host.options;
    for (const endpoint of this.#listed?.at(at) ?? []) {
      const member = this.#memberOf(endpoint);
      if (this.#isAside(endpoint)) continue;
      const now = clock.now();
      const dueAt = member.suspected(now, minIntervalMs);
      if (this.#hearings.isHearing(member)) continue;
      member.cause = cause;
      if (dueAt <= now) this.#ask(endpoint);
      else member.timer.set(Math.min(dueAt, member.timer.dueAt ?? dueAt));
    }
  }

  /**
   * The cluster lists others than before.
   * @param newcomers - those of the added who must not be used before they have answered
   */
  listed(listing: Listing, { removed, changed }: Diff, newcomers: readonly Endpoint[]): void {
    this.#listed = listing;
    const moved = changed.filter(([before, after]) => before.host !== after.host || before.port !== after.port).map(([, after]) => after);
    this.#forget([...removed, ...moved]);
    for (const [, after] of changed) {
      const member = this.#members.get(after.id);
      if (member !== undefined) member.endpoint = after; // other attributes change nothing
    }
    for (const endpoint of moved) this.#ask(endpoint);
    const mustWait = !this.#hearings.nobodyAnswers;
    for (const endpoint of newcomers) if (mustWait && this.#on) this.#host.standings.setAside(endpoint, "newcomer"); // whoever hears of it may end it all
    for (const endpoint of newcomers) this.#ask(endpoint);
  }

  /** There is nothing to ask about this member any more: it is gone, or the cluster itself reports it as down. */
  drop(id: string): void {
    const member = this.#members.get(id);
    if (member !== undefined) this.#hearings.drop([member]);
  }

  #ask(endpoint: Endpoint | undefined, urgency?: Urgency): void {
    if (endpoint === undefined || !this.#on || this.#host.standings.reasonOf(endpoint.id) === "reported") return;
    this.#hearings.ask(this.#memberOf(endpoint), urgency);
  }

  #memberOf(endpoint: Endpoint): ProbedMember {
    const known = this.#members.get(endpoint.id);
    if (known !== undefined) return known;
    const member: ProbedMember = new ProbedMember(endpoint, new Timer(this.#host.options.clock, () => this.#ask(member.endpoint)));
    this.#members.set(endpoint.id, member);
    return member;
  }

  /** All at once: ending one's hearing may call others as witnesses, who must not be asked where they were. */
  #forget(gone: readonly Endpoint[]): void {
    const members = gone.flatMap(({ id }) => this.#members.get(id) ?? []);
    for (const { id } of gone) this.#members.delete(id);
    if (members.length > 0) this.#hearings.drop(members);
  }

  #isAside({ id }: Endpoint): boolean {
    return this.#host.standings.reasonOf(id) !== undefined;
  }

  #bringBack({ endpoint }: ProbedMember): void {
    if (this.#host.standings.bringBack(endpoint.id)) this.#host.changed();
  }

  #convicted(member: ProbedMember, { kind, error }: Failure): void {
    const { endpoint, cause } = member;
    const { standings } = this.#host;
    const wasUsed = !this.#isAside(endpoint);
    const isLast = wasUsed && standings.count + 1 >= (this.#listed?.endpoints.length ?? 0);
    if (!isLast) standings.setAside(endpoint, kind, error, cause);
    if (!isLast && wasUsed) {
      this.#host.changed();
      this.#host.wantPoll();
    }
    if (member.probe === undefined) this.#askLater(member, true);
  }

  #askLater(member: ProbedMember, proven: boolean): void {
    const { clock } = this.#host.options;
    const pauseMs = member.pauseMs(this.#host.pace.recheckMs, proven, clock.random());
    if (this.#on && pauseMs !== undefined) member.timer.set(clock.now() + pauseMs);
  }

  #witnesses(count: number, except: ReadonlySet<ProbedMember>): readonly ProbedMember[] {
    const { standings, options } = this.#host;
    const free = (endpoint: Endpoint): boolean => {
      const member = this.#members.get(endpoint.id);
      const busy = member !== undefined && (member.probe !== undefined || member.doubt !== undefined || except.has(member));
      return !busy && standings.reasonOf(endpoint.id) !== "reported";
    };
    const likely = this.#hearings.lastToAnswer.map(({ endpoint }) => endpoint);
    const listed = this.#listed?.endpoints ?? [];
    const from = Math.floor(options.clock.random() * listed.length);
    return chooseWitnesses(count, { likely, listed, from, free, used: (endpoint) => !this.#isAside(endpoint) }).map((endpoint) =>
      this.#memberOf(endpoint),
    );
  }

  #askEverybody(): void {
    for (const endpoint of this.#listed?.endpoints ?? []) this.#ask(endpoint, "other");
    this.#askEverybodyLater();
  }

  #askEverybodyLater(): void {
    const { options, pace } = this.#host;
    if (pace.everyMs !== undefined) this.#everybody.set(options.clock.now() + pace.everyMs * (0.9 + 0.2 * options.clock.random()));
  }
}
