import type { Clock } from "./clock.js";
import type { Endpoint } from "./endpoint.js";
import type { ProbedMember } from "./probed-member.js";
import { type Failure, type ProbeEnd, RunningProbe } from "./running-probe.js";

/** So many questions at once. The last places are kept for witnesses. */
const AT_ONCE = 16;
/** Of these, so many for members in use, and for others as long as no more than these are taken. */
const USED_AT_ONCE = 12;
const OTHERS_AT_ONCE = 8;
/** Probes that began within so many milliseconds, which means in one turn of the event loop, are sent together. */
const TOGETHER_MS = 0.5;
/** When nobody answered, so many others are asked together with those who failed. */
const MORE_WITNESSES = 3;

const NOBODY: ReadonlySet<ProbedMember> = new Set();

/** What hearings need of whoever holds them. */
export interface HearingsHost {
  readonly clock: Clock;
  /** How long one probe may take, in milliseconds. */
  readonly timeoutMs: number;
  probe(endpoint: Endpoint, context: { readonly signal: AbortSignal }): Promise<void>;
  /** Up to `count` members that are neither being asked nor in `except`, whoever is likely to answer first. */
  witnesses(count: number, except: ReadonlySet<ProbedMember>): readonly ProbedMember[];
  /** Whether it is used now. */
  isUsed(member: ProbedMember): boolean;
  /** It serves. */
  answered(member: ProbedMember): void;
  /** It does not serve while others do. A probe that is silent may still be running; if it answers after all, it serves. */
  convicted(member: ProbedMember, failure: Failure): void;
  /** It failed, but so did everybody who was asked. */
  unproven(member: ProbedMember): void;
}

/**
 * Asks members whether they serve, and decides what the answers prove.
 *
 * The one rule: **a failed probe counts against a member only if another member answered a probe that was sent together with it.** What
 * somebody answered earlier or later says nothing about our network at that moment. A probe that failed before its witness answered
 * leaves a doubt, for as long as the witness may answer. If it does not, the member is heard once more, together with three others. If
 * nobody answers again, the probes prove nothing: it may be our network, a permission, a NAT.
 */
export class Hearings {
  readonly #host: HearingsHost;
  /** Those who wait for a place: members in use, which somebody may be calling in vain, and all others. */
  readonly #usedWaiting = new Set<ProbedMember>();
  readonly #othersWaiting = new Set<ProbedMember>();
  readonly #running = new Set<ProbedMember>();
  readonly #doubted = new Set<ProbedMember>();
  /** Found unproven since anybody answered. */
  readonly #unproven = new Set<ProbedMember>();
  /** The two members that answered last: the most promising witnesses. */
  lastToAnswer: readonly ProbedMember[] = [];

  constructor(host: HearingsHost) {
    this.#host = host;
  }

  /** Whether probes prove nothing at the moment. */
  get nobodyAnswers(): boolean {
    return this.#unproven.size > 0;
  }

  /** Whether a member is being heard already. */
  isHearing(member: ProbedMember): boolean {
    const waits = this.#usedWaiting.has(member) || this.#othersWaiting.has(member);
    return waits || member.probe !== undefined || member.doubt !== undefined;
  }

  /** Asks a member as soon as there is a place. */
  ask(member: ProbedMember): void {
    if (this.isHearing(member)) return;
    const waiting = this.#host.isUsed(member) ? this.#usedWaiting : this.#othersWaiting;
    waiting.add(member);
    this.#fill();
  }

  /** Forgets a member's hearing; verdicts that waited for it must not wait any longer. */
  drop(member: ProbedMember): void {
    member.cancel();
    this.#unproven.delete(member);
    this.lastToAnswer = this.lastToAnswer.filter((other) => other !== member);
    if (this.#withdraw(member)) this.#settle();
  }

  /** Forgets every hearing. */
  stop(): void {
    for (const set of [this.#usedWaiting, this.#othersWaiting, this.#running, this.#doubted, this.#unproven]) set.clear();
  }

  #withdraw(member: ProbedMember): boolean {
    for (const set of [this.#usedWaiting, this.#othersWaiting, this.#doubted]) set.delete(member);
    return this.#running.delete(member);
  }

  #fill(): void {
    this.#fillFrom(this.#usedWaiting, USED_AT_ONCE);
    this.#fillFrom(this.#othersWaiting, OTHERS_AT_ONCE);
  }

  #fillFrom(waiting: ReadonlySet<ProbedMember>, places: number): void {
    for (const member of waiting) {
      if (this.#running.size >= places) return;
      this.#start(member);
      if (!this.#hasCompany(member)) this.#callWitnesses(1);
    }
  }

  #hasCompany(suspect: ProbedMember): boolean {
    const now = this.#host.clock.now();
    for (const other of this.#running) if (other !== suspect && together(now, startOf(other))) return true;
    return false;
  }

  #callWitnesses(count: number, except: ReadonlySet<ProbedMember> = NOBODY): void {
    const places = Math.min(count, AT_ONCE - this.#running.size);
    for (const witness of this.#host.witnesses(places, except)) {
      this.#start(witness);
      if (except.size > 0) witness.hearings = 1; // this hearing is the last one for them as well
    }
  }

  #start(member: ProbedMember): void {
    const { clock, timeoutMs } = this.#host;
    this.#withdraw(member);
    this.#running.add(member);
    member.timer.clear();
    const ask = (context: { readonly signal: AbortSignal }): Promise<void> => this.#host.probe(member.endpoint, context);
    const probe: RunningProbe = new RunningProbe(ask, { clock, timeoutMs, of: member.endpoint }, (end) => this.#ended(member, probe, end));
    member.probe = probe;
  }

  #ended(member: ProbedMember, probe: RunningProbe, end: ProbeEnd): void {
    const { startedAt, witnessed } = probe;
    this.#running.delete(member);
    member.probe = undefined;
    if (end.kind === "slept") return this.ask(member);
    member.endedAt = this.#host.clock.now();
    if (end.kind === "answered") this.#answered(member, startedAt);
    else if (witnessed && (end.kind === "refused" || this.#needsNoMore(member))) this.#convict(member, end);
    else {
      member.doubt = { failure: end, startedAt };
      this.#doubted.add(member);
    }
    this.#settle();
    this.#fill();
  }

  #answered(member: ProbedMember, startedAt: number): void {
    member.answered(member.endedAt - startedAt);
    this.lastToAnswer = [member, ...this.lastToAnswer.filter((other) => other !== member).slice(0, 1)];
    this.#unproven.delete(member);
    this.#host.answered(member);
    if (this.nobodyAnswers) return this.#beginAnew();
    for (const other of [...this.#running, ...this.#doubted]) this.#giveEvidence(other, startedAt);
  }

  /** Somebody who was asked at `startedAt` has answered. Whoever was asked before that, and has no witness yet, is asked anew. */
  #giveEvidence(other: ProbedMember, startedAt: number): void {
    const { probe, doubt } = other;
    const itsStart = probe?.startedAt ?? doubt?.startedAt ?? startedAt;
    if (probe?.isLate === true) return; // this process slept; the probe's own timer will see that
    if (probe?.overdue !== undefined) this.#host.convicted(other, probe.overdue);
    else if (startedAt - itsStart > TOGETHER_MS && probe?.witnessed !== true) this.#askAnew([other]);
    else if (together(startedAt, itsStart) && probe !== undefined) this.#testPatience(other, probe);
    else if (together(startedAt, itsStart) && doubt !== undefined) {
      this.#endDoubt(other);
      this.#convict(other, doubt.failure);
    }
  }

  /** Somebody asked together with this member has answered. Its silence counts if even after it somebody answers. */
  #testPatience(member: ProbedMember, probe: RunningProbe): void {
    const patienceMs = Math.min(member.patienceMs, 0.8 * this.#host.timeoutMs);
    const isLongSilent = this.#host.clock.now() >= probe.startedAt + patienceMs;
    probe.witness(patienceMs, (failure) => {
      if (isLongSilent || this.#needsNoMore(member)) return this.#host.convicted(member, failure);
      probe.overdue = failure;
      this.#callWitnesses(1);
    });
  }

  /** Whether one more silence is enough: it was silent before. */
  #needsNoMore(member: ProbedMember): boolean {
    return member.hearings > 0 || !this.#host.isUsed(member);
  }

  /** Somebody answers at last. What failed before, or is on its way, may have suffered from what kept everybody from answering. */
  #beginAnew(): void {
    const everybody = [...this.#running, ...this.#doubted, ...this.#unproven];
    this.#unproven.clear();
    this.#askAnew(everybody);
  }

  #askAnew(members: readonly ProbedMember[]): void {
    for (const member of members) {
      member.cancel();
      this.#withdraw(member);
    }
    for (const member of members) this.ask(member);
  }

  /** Ends the doubts for which nobody can give evidence any more. */
  #settle(): void {
    let oldest = Number.POSITIVE_INFINITY;
    for (const member of this.#running) oldest = Math.min(oldest, startOf(member));
    const again = new Set<ProbedMember>();
    for (const member of this.#doubted) {
      if (oldest <= (member.doubt?.startedAt ?? 0) + TOGETHER_MS) continue;
      this.#endDoubt(member);
      member.hearings += 1;
      if (member.hearings === 1) again.add(member);
      else this.#leaveUnproven(member);
    }
    if (again.size === 0) return;
    this.#callWitnesses(MORE_WITNESSES, again);
    for (const member of again) this.ask(member);
  }

  #endDoubt(member: ProbedMember): void {
    member.doubt = undefined;
    this.#doubted.delete(member);
  }

  #convict(member: ProbedMember, failure: Failure): void {
    member.hearings = 0;
    this.#host.convicted(member, failure);
  }

  #leaveUnproven(member: ProbedMember): void {
    member.hearings = 0;
    this.#unproven.add(member);
    this.#host.unproven(member);
  }
}

function together(oneStart: number, otherStart: number): boolean {
  return Math.abs(oneStart - otherStart) <= TOGETHER_MS;
}

function startOf({ probe }: ProbedMember): number {
  return probe?.startedAt ?? Number.POSITIVE_INFINITY;
}
