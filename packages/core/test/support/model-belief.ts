import type { Endpoint, Snapshot } from "../../src/index.js";
import type { Life, LifeKind, Poll, Version } from "./model-life.js";
import type { Fetch, ModelAnswer } from "./model-source.js";

type Verdict = "full" | "held" | "empty";

/** What a poller should believe: the rules of the contract, written down once more and as plainly as possible. */
export class ReferenceBelief {
  listed: readonly Endpoint[] = [];
  /** The last answer that was believed in full. */
  full: ModelAnswer | undefined;
  #streak = 0;
  #streakIsOfEmpty = false;
  readonly #guard: LifeKind["guard"];

  constructor(guard: LifeKind["guard"]) {
    this.#guard = guard;
  }

  take(answer: ModelAnswer): Verdict {
    const next = usable(answer);
    const isEmpty = next.length === 0;
    const streak = isEmpty === this.#streakIsOfEmpty ? this.#streak + 1 : 1;
    this.#streakIsOfEmpty = isEmpty;
    if (this.#isBelieved(next, streak)) {
      this.#streak = 0;
      this.listed = next;
      this.full = answer;
      return "full";
    }
    this.#streak = streak;
    if (isEmpty) return "empty";
    const others = this.listed.filter(({ id }) => next.every((other) => other.id !== id));
    this.listed = sorted([...others, ...next]);
    return "held";
  }

  #isBelieved(next: readonly Endpoint[], streak: number): boolean {
    const removesNobody = this.listed.every(({ id }) => next.some((other) => other.id === id));
    const isFirst = this.full === undefined;
    if (removesNobody && (next.length > 0 || !isFirst)) return true;
    if (this.#guard === "trusting") return true;
    if (this.#guard === "allowing empty") return next.length === 0 ? streak >= 2 : next.length >= this.listed.length / 2 || streak >= 2;
    return next.length > 0 && (next.length >= this.listed.length / 2 || streak >= 3);
  }
}

/** What of an answer can be used: the first entry of each id that is an endpoint at all. */
function usable({ endpoints }: ModelAnswer): readonly Endpoint[] {
  const byId = new Map<string, Endpoint>();
  for (const entry of endpoints as readonly (Endpoint | null)[]) {
    if (entry !== null && entry.id !== "" && !entry.host.startsWith("[") && !byId.has(entry.id)) byId.set(entry.id, entry);
  }
  return sorted([...byId.values()]);
}

function sorted(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  return [...endpoints].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Everybody a version lists. */
export function listedBy({ endpoints, aside }: Snapshot): readonly Endpoint[] {
  return sorted([...endpoints, ...aside]);
}

/** Members as text: the same text means the same members at the same addresses. */
export function described(endpoints: readonly Endpoint[]): string {
  return endpoints.map(({ id, host, port }) => `${id}@${host}:${port}`).join(" ");
}

/** The fetch of a poll, if it came to that. */
export function fetchOf(life: Life, { order, ended }: Poll): Fetch | undefined {
  return life.source.fetches.all.findLast((fetch) => fetch.order > order && fetch.order < (ended?.order ?? Number.POSITIVE_INFINITY));
}

/**
 * Follows polls and versions in the order in which they came, and compares what is listed with the reference. Notes on each
 * version what made it.
 */
export class BeliefCheck {
  readonly reference: ReferenceBelief;
  readonly #life: Life;
  #before: Version | undefined;
  /** The next poll that has not been accounted for, and what its answer was taken for by the version that it made. */
  #next = 0;
  #taken: Verdict | undefined;

  constructor(life: Life) {
    this.#life = life;
    this.reference = new ReferenceBelief(life.kind.guard);
  }

  *check(): Generator<string, void, undefined> {
    for (const version of this.#life.versions.fresh) {
      yield* this.#pollsUntil(version.order);
      yield* this.#version(version);
      this.#before = version;
    }
    yield* this.#pollsUntil(Number.POSITIVE_INFINITY);
  }

  *#pollsUntil(order: number): Generator<string, void, undefined> {
    for (let poll = this.#poll; poll?.ended !== undefined && poll.ended.order < order; poll = this.#poll) {
      yield* this.#pollEnded(poll, poll.ended);
      this.#next += 1;
      this.#taken = undefined;
    }
  }

  get #poll(): Poll | undefined {
    return this.#life.polls.all[this.#next];
  }

  *#version(version: Version): Generator<string, void, undefined> {
    const { snapshot } = version;
    const before = this.#before?.snapshot;
    const text = described(listedBy(snapshot));
    if (before !== undefined && before.metadata === snapshot.metadata && text === described(this.reference.listed)) {
      version.madeBy = "verdict";
      if (described(before.aside) === described(snapshot.aside)) yield `version ${snapshot.version} brings nothing new`;
      return;
    }
    const answer = this.#answerBefore(version);
    if (answer === undefined || this.#taken !== undefined) return yield `version ${snapshot.version} is made by no answer`;
    this.#taken = this.reference.take(answer);
    version.madeBy = this.#taken;
    const expected = described(this.reference.listed);
    if (text !== expected) yield `listed is ${text}, but should be ${expected}`;
    if (snapshot.metadata !== this.reference.full) yield `version ${snapshot.version} is not of the last full answer`;
  }

  #answerBefore({ order }: Version): ModelAnswer | undefined {
    const poll = this.#poll;
    const fetch = poll && poll.order < order ? fetchOf(this.#life, poll) : undefined;
    const answered = fetch?.settled !== undefined && "answer" in fetch.settled && fetch.settled.order < order && !fetch.aborted;
    return answered && fetch.settled && "answer" in fetch.settled ? fetch.settled.answer : undefined;
  }

  *#pollEnded(poll: Poll, { outcome, error, heard }: NonNullable<Poll["ended"]>): Generator<string, void, undefined> {
    const { settled, aborted } = fetchOf(this.#life, poll) ?? {};
    const actual = outcome ?? error?.code ?? "nothing";
    if (!heard && actual === "ABORTED") return;
    const answered = aborted === undefined ? settled : undefined;
    const expected = answered === undefined ? "TIMEOUT" : "answer" in answered ? this.#outcomeOf(answered.answer) : codeOf(answered.error);
    if (actual !== expected) yield `poll ${poll.number} ends with ${actual} instead of ${expected}`;
    const listed = this.#before === undefined ? "" : described(listedBy(this.#before.snapshot));
    if (listed !== described(this.reference.listed)) yield `poll ${poll.number} should list ${described(this.reference.listed)}`;
  }

  #outcomeOf(answer: ModelAnswer): string {
    if (!isReadable(answer)) return "MALFORMED_RESPONSE";
    const made = this.#taken;
    const verdict = made ?? this.reference.take(answer);
    if (verdict === "empty") return "EMPTY_METADATA";
    if (verdict === "held") return "held";
    const isNews = made !== undefined || this.#before?.snapshot.metadata.epoch !== answer.epoch;
    return isNews ? "changed" : "unchanged";
  }
}

function isReadable(answer: ModelAnswer): boolean {
  return Array.isArray(answer?.endpoints);
}

function codeOf(error: unknown): string {
  return (error as { readonly code?: string } | undefined)?.code ?? "UNAVAILABLE";
}
