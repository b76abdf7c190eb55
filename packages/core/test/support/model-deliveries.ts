import type { Endpoint, Snapshot, Status } from "../../src/index.js";
import type { Check } from "./model-invariants.js";
import type { Life } from "./model-life.js";
import type { Call, ModelSink } from "./model-sink.js";

/** The longest pause of backoff, and what fractions of milliseconds add up to. */
const LONGEST_PAUSE_MS = 10_000 + 1e-3;

/** What is checked of the calls that sinks get, by number of the invariant. */
export function deliveryInvariants(life: Life): readonly (readonly [number, Check])[] {
  return [
    [3, () => diffsAddUp(life)],
    [4, () => everybodyIsTold(life)],
    [5, () => callsComeInTime(life)],
    [6, () => callsBringNews(life)],
  ];
}

function* diffsAddUp({ sinks, versions }: Life): Iterable<string> {
  for (const sink of sinks) {
    const { name } = sink.kind;
    for (const problem of sink.folding.problems) yield `${name}: ${problem}`;
    for (const { snapshot } of sink.calls.fresh) {
      const published = versions.all[snapshot.version - 1]?.snapshot;
      if (published === undefined) yield `${name} is told of version ${snapshot.version}, which was not published`;
      else if (!isSame(sink.view(published.endpoints), snapshot.endpoints)) yield `${name} is told of others than it selects`;
      else if (snapshot.metadata !== published.metadata || snapshot.aside !== published.aside) yield `${name} is told of another version`;
    }
  }
}

/** One call at a time; whoever is free is up to date, and whoever failed is told again within one step of backoff. */
function* everybodyIsTold(life: Life): Iterable<string> {
  const { snapshot, status } = life.poller;
  for (const sink of life.sinks) {
    const { name } = sink.kind;
    if (sink.calls.fresh.some(({ overlapping }) => overlapping)) yield `${name} is called while a call is in progress`;
    if (sink.over) continue;
    const told = sink.statuses.all.at(-1)?.status;
    if (told === undefined || !isSameStatus(told, status))
      yield `${name} was told that polling is ${told?.state}, but it is ${status.state}`;
    if (sink.busy || snapshot === undefined) continue;
    const waitedMs = sink.failedAt === undefined ? Number.POSITIVE_INFINITY : life.time.now() - sink.failedAt;
    if (waitedMs > LONGEST_PAUSE_MS && !isUpToDate(sink, snapshot)) yield `${name} is free, but does not know version ${snapshot.version}`;
  }
}

function isUpToDate(sink: ModelSink, snapshot: Snapshot): boolean {
  const { version, endpoints } = sink.applied;
  if (sink.kind.metadata) return version === snapshot.version;
  return version > 0 && isSame(endpoints, sink.view(snapshot.endpoints));
}

function isSame(a: readonly Endpoint[], b: readonly Endpoint[]): boolean {
  return a.length === b.length && a.every((endpoint, at) => endpoint === b[at]);
}

function isSameStatus(a: Status, b: Status): boolean {
  return (["state", "error", "failures", "held"] as const).every((field) => a[field] === b[field]);
}

function* callsComeInTime({ sinks }: Life): Iterable<string> {
  for (const { kind, calls, statuses } of sinks) {
    if (calls.fresh.some(({ tooEarly }) => tooEarly)) yield `${kind.name} is called inside subscribe`;
    if (calls.fresh.some(({ tooLate }) => tooLate)) yield `${kind.name} is called after the end`;
    if (statuses.fresh.some(({ tooLate }) => tooLate)) yield `${kind.name} is told of the status after the end`;
  }
}

function* callsBringNews({ sinks }: Life): Iterable<string> {
  for (const { kind, calls } of sinks) {
    for (const call of calls.fresh)
      if (!isNews(call, kind.metadata)) yield `${kind.name} is told nothing new by version ${call.snapshot.version}`;
  }
}

function isNews({ applied, snapshot, diff }: Call, metadata: boolean): boolean {
  const isEmpty = diff.added.length + diff.removed.length + diff.changed.length === 0;
  if (applied.version === 0 || !isEmpty) return true;
  return metadata && snapshot.version > applied.version;
}
