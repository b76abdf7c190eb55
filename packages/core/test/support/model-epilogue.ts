import { described, listedBy } from "./model-belief.js";
import type { Dice } from "./model-journal.js";
import { FLOOR_MS, INTERVAL_MS, type Life, PROBE_TIMEOUT_MS, RECHECK_MS, TIMEOUT_MS } from "./model-life.js";
import { answers, isSilent } from "./probing-source.js";
import { answer } from "./scripted-source.js";

/** Lets time pass, with every invariant checked after it. */
export type Pass = (ms: number) => Promise<void>;
/** One thing that must go well once faults stop; yields what does not. */
type Chapter = (life: Life, pass: Pass, dice: Dice) => AsyncIterable<string>;

/** The longest pause of all (a random phase, after an answer that did not come), and the answers that confirm a collapse. */
const BELIEVED_AFTER_MS = TIMEOUT_MS + 1.1 * INTERVAL_MS + 4 * FLOOR_MS;
/** The longest pause between two probes of who is aside, and the probes themselves. */
const RECHECKED_AFTER_MS = 8.8 * RECHECK_MS + 3 * PROBE_TIMEOUT_MS;
const BACKOFF_MS = 10_000;

/** How every life ends, by number of the invariant that this proves: faults stop, and then one fault at a time. */
export const EPILOGUE: readonly (readonly [number, Chapter])[] = [
  [12, converge],
  [17, rest],
  [17, bearFalseSuspicions],
  [17, findTheFrozen],
  [14, followACollapse],
];

async function* converge(life: Life, pass: Pass, dice: Dice): AsyncIterable<string> {
  const { source, sinks, poller } = life;
  life.journal.note("faults stop");
  source.says = () => source.truth();
  source.down = [];
  source.everybody = answers;
  source.serves.clear();
  life.subscribe(dice);
  for (const sink of sinks) sink.behaviour = sink.selecting = sink.hearing = () => undefined;
  await pass(BELIEVED_AFTER_MS);
  const truth = described([...answer(...source.members).endpoints].sort((a, b) => (a.id < b.id ? -1 : 1)));
  const listed = poller.snapshot && described(listedBy(poller.snapshot));
  if (listed !== truth) yield `the truth is ${truth}, but listed is ${listed}`;
  await pass(RECHECKED_AFTER_MS);
  const { aside } = poller.status;
  if (aside.length > 0) yield `everybody serves, but ${aside.map(({ id, reason }) => `${id} (${reason})`).join(" ")} are aside`;
  await pass(BACKOFF_MS);
  const view = poller.snapshot?.endpoints ?? [];
  for (const sink of sinks) {
    if (sink.over || sink.busy) continue; // busy: it hangs for ever
    if (described(sink.applied.endpoints) !== described(sink.view(view)))
      yield `${sink.kind.name} holds ${described(sink.applied.endpoints)}`;
  }
}

/** Nothing happens but one poll per interval. */
async function* rest(life: Life, pass: Pass): AsyncIterable<string> {
  const before = tally(life);
  await pass(3 * INTERVAL_MS);
  const after = tally(life);
  const polls = after.polls - before.polls;
  const most = life.kind.watch === "pushing" ? 20 : 4;
  if (polls < 2 || polls > most) yield `${polls} polls in three intervals`;
  if (after.versions > before.versions) yield "a new version without any change";
  if (after.calls > before.calls) yield "a sink is called without any change";
  if (after.probes > before.probes && life.kind.everyMs === undefined) yield "somebody is asked without any reason";
}

/** Clients suspect everybody, everybody serves: nothing changes, and nobody asks the cluster. */
async function* bearFalseSuspicions(life: Life, pass: Pass): AsyncIterable<string> {
  if (!life.kind.probing || life.kind.everyMs !== undefined || life.kind.watch === "pushing") return;
  const { poller, source } = life;
  await pass(FLOOR_MS);
  const nextPollInMs = (poller.status.nextAttemptAt ?? 0) - life.clock.wallNow();
  const before = tally(life);
  life.suspect(source.members.map(idOf));
  await pass(Math.min(100, nextPollInMs - 1));
  const after = tally(life);
  if (after.probes === before.probes) yield "nobody is asked on suspicion";
  if (after.polls > before.polls) yield "a false suspicion causes a poll";
  if (after.versions > before.versions) yield "a false suspicion changes the set";
}

/** One member freezes and a client notices: it is aside in time, nobody else is, and it is back with its first answer. */
async function* findTheFrozen(life: Life, pass: Pass, dice: Dice): AsyncIterable<string> {
  const { poller, source } = life;
  if (!life.kind.probing || source.members.length < 2) return;
  const frozen = idOf(dice.pick(source.members));
  source.serves.set(frozen, isSilent);
  await pass(2 * FLOOR_MS);
  life.suspect([frozen]);
  await pass(PROBE_TIMEOUT_MS + 100);
  const found = poller.status.aside.map(({ id }) => id).join(" ");
  if (found !== frozen) yield `${frozen} is frozen, but aside are: ${found}`;
  source.serves.clear();
  await pass(RECHECKED_AFTER_MS);
  if (poller.status.aside.length > 0) yield `${frozen} answers again, but is aside`;
}

/** The cluster shrinks to one member for good: the third small answer is believed. */
async function* followACollapse(life: Life, pass: Pass): AsyncIterable<string> {
  const { poller, source, kind } = life;
  if (kind.guard !== "default") return;
  source.members = source.members.slice(0, 1);
  life.refresh();
  await pass(3 * FLOOR_MS + 1);
  const listed = poller.snapshot?.endpoints.map(({ id }) => id).join(" ");
  if (listed !== source.members.map(idOf).join(" ")) yield `only ${source.members[0]} is left, but listed is ${listed}`;
}

function tally({ source, polls, versions, sinks }: Life): Readonly<Record<"polls" | "versions" | "calls" | "probes", number>> {
  const calls = sinks.reduce((sum, sink) => sum + sink.calls.all.length, 0);
  return { polls: polls.all.length, versions: versions.all.length, calls, probes: source.asked.all.length };
}

function idOf(member: string): string {
  return member.split("@")[0] ?? "";
}
