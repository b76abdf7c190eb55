import { ProbeQueue } from "./probe-queue.js";
import type { ProbedMember, Urgency } from "./probed-member.js";
import { type Failure, type ProbeEnd, RunningProbe, type RunningProbeHost } from "./running-probe.js";

/** When nobody answered, so many others are asked together with those who failed. */
const MORE_WITNESSES = 3;

/** What hearings need of whoever holds them. */
export interface HearingsHost extends RunningProbeHost {
  /** Up to `count` members that are neither being asked nor in `except`, whoever is likely to answer first. */
  witnesses(count: number, except: ReadonlySet<ProbedMember>): readonly ProbedMember[];
  /** Whether it is used now. */
  isUsed(member: ProbedMember): boolean;
  /** It serves. */
  answered(member: ProbedMember): void;
  /** It does not serve while others do. A probe that is silent may still be running; if it answers after all, it serves. */
  convicted(member: ProbedMember, failure: Failure): void;
  /** It failed, but so did everybody who was asked. `isNews`: for the first time since anybody answered. */
  unproven(member: ProbedMember, isNews: boolean): void;
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
  #turnAt: number | undefined;
  readonly #queue = new ProbeQueue();
  readonly #doubted = new Set<ProbedMember>();
  /** Found unproven since anybody answered. */
  readonly #unproven = new Set<ProbedMember>();
  /** The two members that answered last: the most promising witnesses. */
  lastToAnswer: readonly ProbedMember[] = [];
  #on = false;

  constructor(host: HearingsHost) {
    this.#host = host;
  }

  /** Whether probes prove nothing at the moment. */
  get nobodyAnswers(): boolean {
    return this.#unproven.size > 0;
  }

  /** Whether a member is being heard already, or is about to be. */
  isHearing(member: ProbedMember): boolean {
    return member.probe !== undefined || member.doubt !== undefined || this.#queue.isUrgent(member);
  }

  /**
   * Asks a member as soon as there is a place.
   * @param urgency - default: whether it is used
   */
  ask(member: ProbedMember, urgency?: Urgency): void {
    member.isAccused = true;
    this.#wait([member], urgency);
  }

  /** Forgets the hearings of members; verdicts that waited for them must not wait any longer. */
  drop(members: readonly ProbedMember[]): void {
    for (const member of members) {
      this.#callOff(member);
      this.#unproven.delete(member);
    }
    this.lastToAnswer = this.lastToAnswer.filter((other) => !members.includes(other));
    this.#settle();
    this.#fill();
  }

  /** Members may be asked. */
  start(): void {
    this.#on = true;
  }

  /** Forgets every hearing; nobody is asked any more. */
  stop(): void {
    this.#on = false;
    for (const set of [this.#queue, this.#doubted, this.#unproven]) set.clear();
  }

  #callOff(member: ProbedMember): void {
    member.cancel();
    this.#doubted.delete(member);
    this.#queue.delete(member);
  }

  #wait(members: Iterable<ProbedMember>, urgency?: Urgency): void {
    for (const member of members) {
      if (this.#on && !this.isHearing(member)) this.#queue.add(member, urgency ?? (this.#host.isUsed(member) ? "urgent" : "other"));
    }
    this.#fill();
  }

  #fill(): void {
    for (let member = this.#queue.take(); member !== undefined; member = this.#queue.take()) {
      this.#start(member);
      if (!this.#isAskedIn(this.#turn(), member)) this.#callWitnesses(1, member.urgency);
    }
  }

  /**
   * A turn is named by the reading of the clock at its first question, and over at the microtask that is queued then: what is asked in one
   * synchronous run is asked together, however long that takes. Whoever is asked later is not, unless the clock still reads the same.
   */
  #turn(): number {
    if (this.#turnAt === undefined) {
      this.#turnAt = this.#host.clock.now();
      queueMicrotask(() => {
        this.#turnAt = undefined;
      });
    }
    return this.#turnAt;
  }

  /** Whether somebody is being asked who was asked in that turn, and may testify. */
  #isAskedIn(turn: number, except?: ProbedMember): boolean {
    return [...this.#queue.running].some((other) => other !== except && other.probe?.turn === turn);
  }

  #callWitnesses(count: number, urgency: Urgency, except: ReadonlySet<ProbedMember> = new Set()): void {
    if (!this.#on) return;
    for (const witness of this.#host.witnesses(Math.min(count, this.#queue.placesFor(urgency)), except)) {
      witness.isAccused ||= !this.#host.isUsed(witness);
      this.#queue.start(witness, urgency);
      this.#start(witness);
      if (except.size > 0) witness.hearings = 1; // this hearing is the last one for them as well
    }
  }

  #start(member: ProbedMember): void {
    member.timer.clear();
    const probe: RunningProbe = new RunningProbe(this.#host, member.endpoint, this.#turn(), (end) => this.#ended(member, probe, end));
    member.probe = probe;
  }

  #ended(member: ProbedMember, probe: RunningProbe, end: ProbeEnd): void {
    this.#queue.delete(member);
    member.probe = undefined;
    if (end.kind === "slept") return this.#wait([member], member.urgency);
    member.endedAt = this.#host.clock.now();
    if (end.kind === "answered") this.#answered(member, probe);
    else if (probe.witnessed && (end.kind === "refused" || this.#needsNoMore(member))) this.#convict(member, end);
    else {
      member.doubt = { failure: end, turn: probe.turn };
      this.#doubted.add(member);
    }
    this.#settle();
    this.#fill();
  }

  #answered(member: ProbedMember, { startedAt, turn }: RunningProbe): void {
    member.answered(member.endedAt - startedAt, this.#host.timeoutMs);
    this.lastToAnswer = [member, ...this.lastToAnswer.filter((other) => other !== member).slice(0, 1)];
    this.#host.answered(member);
    if (this.nobodyAnswers) return this.#beginAnew(member);
    for (const other of [...this.#queue.running, ...this.#doubted]) this.#giveEvidence(other, turn);
  }

  /** Somebody who was asked in that turn has answered. Whoever was asked before that, and has no witness yet, is asked anew. */
  #giveEvidence(other: ProbedMember, turn: number): void {
    const { probe, doubt } = other;
    const itsTurn = probe?.turn ?? doubt?.turn ?? turn;
    if (probe?.isLate === true) return; // this process slept, as the probe's own timer will see
    if (probe?.overdue !== undefined) this.#host.convicted(other, probe.overdue);
    else if (itsTurn < turn && probe?.witnessed !== true) this.#askAnew([other]);
    else if (itsTurn === turn && probe?.witnessed === false) this.#testPatience(other, probe);
    else if (itsTurn === turn && doubt !== undefined) {
      this.#endDoubt(other);
      this.#convict(other, doubt.failure);
    }
  }

  /** Somebody asked together with this member has answered. Its silence counts if even after it somebody answers. */
  #testPatience(member: ProbedMember, probe: RunningProbe): void {
    const patienceMs = member.patienceMs(this.#host.timeoutMs);
    const isLongSilent = this.#host.clock.now() >= probe.startedAt + patienceMs;
    probe.witness(patienceMs, (failure) => {
      if (isLongSilent || this.#needsNoMore(member)) return this.#host.convicted(member, failure);
      probe.overdue = failure;
      if (!this.#isAskedIn(this.#turn(), member)) this.#callWitnesses(1, member.urgency);
    });
  }

  /** Whether one more silence is enough: it was silent before. */
  #needsNoMore(member: ProbedMember): boolean {
    return member.hearings > 0 || !this.#host.isUsed(member);
  }

  /** Somebody answers at last. What failed before, or is on its way, may have suffered from what kept everybody from answering. */
  #beginAnew(first: ProbedMember): void {
    this.#unproven.delete(first);
    const everybody = [...this.#queue.running, ...this.#doubted, ...this.#unproven];
    this.#unproven.clear();
    this.#askAnew(everybody);
  }

  #askAnew(members: readonly ProbedMember[]): void {
    for (const member of members) this.#callOff(member);
    this.#wait(members.filter(({ isAccused }) => isAccused));
  }

  /** Ends the doubts for which nobody can give evidence any more. */
  #settle(): void {
    const again = new Set<ProbedMember>();
    for (const member of this.#doubted) {
      if (this.#isAskedIn(member.doubt?.turn ?? 0)) continue;
      this.#endDoubt(member);
      member.hearings += 1;
      if (member.hearings === 1) again.add(member);
      else this.#leaveUnproven(member);
    }
    const [first] = again;
    if (first === undefined) return;
    this.#callWitnesses(MORE_WITNESSES, first.urgency, again);
    this.#wait(again);
  }

  #endDoubt(member: ProbedMember): void {
    member.doubt = undefined;
    this.#doubted.delete(member);
  }

  #convict(member: ProbedMember, failure: Failure): void {
    member.hearings = 0;
    this.#host.convicted(member, failure);
  }

  /** A member that was only asked as a witness is not accused of anything. */
  #leaveUnproven(member: ProbedMember): void {
    member.hearings = 0;
    if (!member.isAccused) return;
    const isNews = !this.#unproven.has(member);
    this.#unproven.add(member);
    this.#host.unproven(member, isNews);
  }
}
