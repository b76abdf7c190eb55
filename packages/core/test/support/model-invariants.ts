import { getEventListeners } from "node:events";
import type { Endpoint } from "../../src/index.js";
import { BeliefCheck, listedBy } from "./model-belief.js";
import { deliveryInvariants } from "./model-deliveries.js";
import { FLOOR_MS, INTERVAL_MS, type Life, type Version } from "./model-life.js";
import { standingInvariants } from "./model-standings.js";
import { STRANGER } from "./source-behaviours.js";

/** Says what is wrong with what happened since the last look. */
export type Check = () => Iterable<string>;

/** Sums of fractions of milliseconds differ in the last bits. */
const ROUNDING_MS = 1e-3;

/**
 * The invariants of ARCHITECTURE.md that are checked after every step, by number. Of the others:
 * - 11 (unhandled rejections) is watched by the test around all lives;
 * - 12 (convergence), the second half of 14 (a real collapse is applied in time) and that of 17 (no probe at rest, a frozen member
 *   is found) need faults to stop: see `model-epilogue.ts`;
 * - what 13 says of frozen attributes, 14 of a single answer under another guard, and 18 of following a replaced cluster, random lives do
 *   not reach: they have tests of their own. Of 18 the lives check that a source that pins its cluster lists nobody else's members.
 */
export function invariantsOf(life: Life): ReadonlyMap<number, Check> {
  const belief = new BeliefCheck(life);
  return new Map<number, Check>([
    [1, () => belief.check()],
    [2, () => versionsIncrease(life)],
    ...deliveryInvariants(life), // 3, 4, 5, 6
    [7, fetchesKeepTheirDistance(life)],
    [8, () => lateAnswersChangeNothing(life)],
    [9, () => sleepIsSilent(life)],
    [10, () => nothingIsLeft(life)],
    [13, () => untouchedStaysIdentical(life)],
    [14, () => oneAnswerShrinksByHalf(life)],
    [15, () => pollsEndOnce(life)],
    [16, refreshIsAfterTheCall(life)],
    [17, standingInvariants(life)],
    [18, () => strangersStayOut(life)],
    [19, () => jumpsCauseNoBurst(life)],
  ]);
}

function* versionsIncrease({ versions, readers, poller }: Life): Iterable<string> {
  for (const [at, { snapshot }] of versions.all.entries()) {
    if (snapshot.version !== at + 1) yield `version ${snapshot.version} is the ${at + 1}th`;
  }
  if (poller.snapshot !== versions.all.at(-1)?.snapshot) yield "the snapshot is not the newest version";
  for (const reader of readers) {
    const { versions: read } = reader;
    if (read.some((version, at) => version <= (read[at - 1] ?? 0))) yield `somebody iterates over versions ${read.join(" ")}`;
    if (reader.waiting && !reader.over && (read.at(-1) ?? 0) !== versions.all.length)
      yield "somebody who iterates waits though there is news";
  }
}

/** A source that is deaf to its signal holds the next fetch back until it settles, but no longer than the interval. */
function fetchesKeepTheirDistance(life: Life): Check {
  const { fetches } = life.source;
  return function* () {
    for (const fetch of fetches.fresh) {
      const before = fetches.all[fetches.all.indexOf(fetch) - 1];
      if (before === undefined) continue;
      const { aborted, settled } = before;
      if (aborted === undefined && settled === undefined) yield `a fetch at ${fetch.at} while one is alive`;
      const afterEnd = fetch.at - (aborted ?? settled ?? fetch).at;
      const settledAt = settled !== undefined && settled.order < fetch.order ? settled.at : Number.POSITIVE_INFINITY;
      const isFree = settledAt + FLOOR_MS <= fetch.at + ROUNDING_MS || (aborted !== undefined && afterEnd >= INTERVAL_MS - ROUNDING_MS);
      if (!isFree) yield `a fetch at ${fetch.at}, ${afterEnd} ms after the end of the one before`;
    }
    if (fetches.all.length > life.polls.all.length) yield "a fetch outside a poll";
  };
}

function* lateAnswersChangeNothing({ versions, source }: Life): Iterable<string> {
  for (const version of versions.fresh) {
    const { snapshot, order, awake } = version;
    if (!awake && !usesNewcomers(version, versions.all[snapshot.version - 2])) yield `version ${snapshot.version} while nobody listens`;
    const fetch = source.fetches.all.find(({ settled }) => settled && "answer" in settled && settled.answer === snapshot.metadata);
    if (fetch === undefined) yield `version ${snapshot.version} is of no answer`;
    else if (fetch.aborted !== undefined && fetch.aborted.order < order)
      yield `version ${snapshot.version} is of an answer that came too late`;
  }
}

/** When polling ends, newcomers that have not answered yet are used, and nothing else changes. */
function usesNewcomers({ madeBy, aside }: Version, before: Version | undefined): boolean {
  const others = before?.aside.filter(({ reason }) => reason !== "newcomer") ?? [];
  return madeBy === "verdict" && aside.length === others.length;
}

function* sleepIsSilent(life: Life): Iterable<string> {
  const { source, kind, clock, time } = life;
  const sleepsAt = life.idleSince === undefined ? Number.POSITIVE_INFINITY : life.idleSince + kind.lingerMs;
  const isEdge = Math.abs(sleepsAt - time.now()) < ROUNDING_MS;
  const shouldSleep = life.closed || Number.isNaN(sleepsAt) || sleepsAt <= time.now();
  if (!isEdge && source.isWatched === shouldSleep) yield `polling goes on: ${source.isWatched}, while somebody listens: ${!shouldSleep}`;
  if (source.isWatched) return;
  if (clock.pending > 0) yield `${clock.pending} timers while nobody listens`;
  if (source.beingAsked.size > 0) yield `${source.beingAsked.size} probes while nobody listens`;
  const alive = source.fetches.all.filter(({ aborted, settled }) => aborted === undefined && settled === undefined);
  if (alive.length > 0) yield "a fetch while nobody listens";
}

function* nothingIsLeft(life: Life): Iterable<string> {
  const waits = life.waits.all.filter(({ settled }) => settled === undefined);
  const leavers = life.sinks.filter(({ over }) => over).map(({ controller }) => controller.signal);
  const settled = life.waits.fresh.flatMap((wait) => (wait.settled === undefined ? [] : [wait.signal]));
  for (const signal of [...leavers, ...settled]) {
    if (getEventListeners(signal, "abort").length > 0) yield "a listener is left on a signal of somebody who left";
  }
  const { closed } = life.source;
  if (closed !== (life.closed ? 1 : 0)) yield `the source was closed ${closed} times`;
  if (!life.closed) return;
  if (waits.length > 0) yield `${waits.length} waiters were never settled`;
  if (life.readers.some(({ waiting }) => waiting)) yield "an iterator has not ended";
  if (life.poller.status.state !== "closed") yield `a closed poller says it is ${life.poller.status.state}`;
}

function* untouchedStaysIdentical({ versions }: Life): Iterable<string> {
  for (const { snapshot, diff } of versions.fresh) {
    const { version, endpoints, aside } = snapshot;
    const before = versions.all[version - 2]?.snapshot;
    const old = new Map(before && listedBy(before).map((endpoint) => [endpoint.id, endpoint]));
    const copied = listedBy(snapshot).find((now) => isCopy(old.get(now.id), now));
    if (copied !== undefined) yield `${copied.id} is another object in version ${version}, though nothing about it changed`;
    const same = before !== undefined && isSameList(before.endpoints, endpoints) && isSameList(before.aside, aside);
    if (same && (before.endpoints !== endpoints || before.aside !== aside))
      yield `version ${version} has other arrays, though only metadata changed`;
    const parts = [snapshot, endpoints, aside, ...endpoints, ...aside, diff, diff.added, diff.removed, diff.changed, ...diff.changed];
    if (!parts.every(Object.isFrozen)) yield `version ${version} is not frozen`;
    if (![endpoints, aside].every(isSorted)) yield `version ${version} is not sorted, or ids are not unique`;
  }
}

function isCopy(before: Endpoint | undefined, now: Endpoint): boolean {
  return before !== undefined && before !== now && before.host === now.host && before.port === now.port;
}

function isSameList(a: readonly Endpoint[], b: readonly Endpoint[]): boolean {
  return a.length === b.length && a.every((endpoint, at) => endpoint === b[at]);
}

function isSorted(list: readonly Endpoint[]): boolean {
  return list.every(({ id }, at) => at === 0 || id > (list[at - 1]?.id ?? ""));
}

/** More than half may go only with the third small answer in a row; failed polls do not count. */
function* oneAnswerShrinksByHalf({ kind, versions, polls }: Life): Iterable<string> {
  if (kind.guard !== "default") return;
  for (const { snapshot, order } of versions.fresh) {
    const before = versions.all[snapshot.version - 2]?.snapshot;
    const listed = listedBy(snapshot).length;
    if (before === undefined || listed >= listedBy(before).length / 2) continue;
    const outcomes = polls.all.flatMap(({ ended }) => (ended && ended.order < order && ended.outcome ? [ended.outcome] : []));
    if (!outcomes.slice(-2).every((outcome) => outcome === "held")) yield `version ${snapshot.version} lists ${listed} at once`;
  }
}

function* pollsEndOnce({ polls, source }: Life): Iterable<string> {
  for (const [at, { number, order }] of polls.all.entries()) {
    const before = polls.all[at - 1];
    if (number !== at + 1) yield `poll ${number} is the ${at + 1}th`;
    if (before && !(before.ended && before.ended.order < order)) yield `poll ${number} starts before the one before has ended`;
  }
  const last = polls.all.at(-1);
  const fetch = source.fetches.all.at(-1);
  const isOpen = last !== undefined && last.ended === undefined;
  const isAsked = fetch !== undefined && fetch.aborted === undefined && fetch.settled === undefined;
  if (isOpen !== isAsked) yield `poll ${last?.number} has${isOpen ? " not" : ""} ended, but its fetch has${isOpen ? "" : " not"}`;
}

function refreshIsAfterTheCall(life: Life): Check {
  let waiting: readonly (typeof life.waits.all)[number][] = [];
  return function* () {
    const now = [...waiting, ...life.waits.fresh];
    waiting = now.filter(({ settled }) => settled === undefined);
    for (const { kind, fetches, signal, settled } of now) {
      if (settled === undefined) continue;
      const last = life.polls.all.findLast(({ ended }) => ended !== undefined && ended.order < settled.order)?.ended;
      if ("snapshot" in settled) {
        const newest = life.versions.all.findLast(({ order }) => order < settled.order)?.snapshot;
        if (settled.snapshot !== newest) yield `${kind}() resolves with an old version`;
        if (kind === "ready") continue;
        if (life.source.fetches.all.length <= fetches) yield "refresh() resolves from an older fetch";
        if (last?.outcome !== "changed" && last?.outcome !== "unchanged")
          yield `refresh() resolves, but the poll ended with ${last?.outcome}`;
      } else {
        const { code } = settled.error as { readonly code?: string };
        const isDue = (code === "ABORTED" && signal.aborted) || (code === "CLOSED" && life.closed);
        const ofPoll = last?.outcome === "held" ? "HELD" : last?.error?.code;
        if (!isDue && code !== ofPoll) yield `${kind}() rejects with ${code}, but the poll ended with ${ofPoll}`;
      }
    }
  };
}

function* strangersStayOut({ versions }: Life): Iterable<string> {
  for (const { snapshot } of versions.fresh) {
    if (listedBy(snapshot).some(({ host }) => host === STRANGER)) yield `version ${snapshot.version} lists members of another cluster`;
  }
}

function* jumpsCauseNoBurst({ jumps, source, sinks, time, clock }: Life): Iterable<string> {
  if (clock.isOverrun) yield "timers are set without end while no time passes";
  for (const jump of jumps) {
    if (jump.at !== time.now()) continue;
    const fetches = source.fetches.all.filter(({ order }) => order > jump.order);
    const least = jump.isDue && sinks.some(({ over }) => !over) ? 1 : 0;
    if (fetches.length > 1 || fetches.length < least) yield `${fetches.length} fetches at once after a jump`;
  }
}
