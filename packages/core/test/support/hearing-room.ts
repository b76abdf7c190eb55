import { Hearings, type HearingsHost } from "../../src/hearings.js";
import { ProbedMember } from "../../src/probed-member.js";
import type { Failure } from "../../src/running-probe.js";
import { Timer } from "../../src/timer.js";
import { ManualClock, settle } from "./manual-clock.js";
import { member as endpoint } from "./scripted-source.js";

interface Question {
  readonly answer: () => void;
  readonly refuse: (error: unknown) => void;
}

/** Hearings of members that say something only when the test says so. A probe takes 500 ms at most. */
export class HearingRoom implements HearingsHost {
  readonly clock = new ManualClock();
  readonly timeoutMs: number;
  readonly hearings: Hearings = new Hearings(this);
  /** What came of it, in order: `a answered`, `b refused`, `c silent`, `d unproven`. */
  readonly outcomes: string[] = [];
  /** Who was asked, in order. */
  readonly asked: string[] = [];
  /** Whose question was called off, or took too long, in order. */
  readonly calledOff: string[] = [];
  /** How many witnesses were wanted, and who must not be one. */
  readonly wanted: (readonly [count: number, except: string])[] = [];
  /** Who can be called as a witness, in order of preference. */
  bystanders: readonly string[] = [];
  /** Who is not used: newcomers and those who are aside. */
  readonly unused = new Set<string>();
  readonly #members = new Map<string, ProbedMember>();
  readonly #questions = new Map<string, Question>();

  constructor(timeoutMs = 500) {
    this.hearings.start();
    this.timeoutMs = timeoutMs;
  }

  member(id: string): ProbedMember {
    const known = this.#members.get(id) ?? new ProbedMember(endpoint(id), new Timer(this.clock, () => undefined));
    this.#members.set(id, known);
    return known;
  }

  /** Who is being asked now, in order. */
  get asking(): string {
    return [...this.#members.values()].flatMap(({ probe, endpoint: { id } }) => (probe === undefined ? [] : [id])).join(" ");
  }

  get lastToAnswer(): string {
    return this.hearings.lastToAnswer.map(({ endpoint: { id } }) => id).join(" ");
  }

  /** Wants these asked, in one turn, and waits until those who can be are. */
  async ask(...ids: readonly string[]): Promise<void> {
    for (const id of ids) this.hearings.ask(this.member(id));
    await settle();
  }

  /** These answer the question that they were asked last. */
  async answer(...ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#questions.get(id)?.answer();
    await settle();
  }

  /** These say no. */
  async refuse(...ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#questions.get(id)?.refuse(`${id} says no`);
    await settle();
  }

  probe({ id }: { readonly id: string }, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    this.asked.push(id);
    signal.addEventListener("abort", () => void this.calledOff.push(id));
    return new Promise((answer, refuse) => void this.#questions.set(id, { answer, refuse }));
  }

  witnesses(count: number, except: ReadonlySet<ProbedMember>): readonly ProbedMember[] {
    this.wanted.push([count, [...except].map((member) => member.endpoint.id).join(" ")]);
    const free = this.bystanders.map((id) => this.member(id)).filter((member) => !(member.probe ?? member.doubt) && !except.has(member));
    return free.slice(0, count);
  }

  isUsed(member: ProbedMember): boolean {
    return !this.unused.has(member.endpoint.id);
  }

  answered({ endpoint: { id } }: ProbedMember): void {
    this.unused.delete(id);
    this.outcomes.push(`${id} answered`);
  }

  convicted({ endpoint: { id } }: ProbedMember, { kind }: Failure): void {
    this.unused.add(id);
    this.outcomes.push(`${id} ${kind}`);
  }

  unproven({ endpoint: { id } }: ProbedMember): void {
    this.unused.delete(id);
    this.outcomes.push(`${id} unproven`);
  }
}
