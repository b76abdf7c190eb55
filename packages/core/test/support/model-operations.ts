import type { Dice } from "./model-journal.js";
import { FLOOR_MS, INTERVAL_MS, type Life, TIMEOUT_MS } from "./model-life.js";
import { probeBehaviours } from "./probe-behaviours.js";
import { answers, isSilent, refuses } from "./probing-source.js";
import { sinkBehaviours } from "./sink-behaviours.js";
import { sourceBehaviours } from "./source-behaviours.js";

type Operation = (life: Life, dice: Dice) => unknown;

const HOUR_MS = 3_600_000;

/** What may happen to a poller, and how often. */
const OPERATIONS: readonly (readonly [weight: number, operation: Operation])[] = [
  [3, subscribe],
  [2, leave],
  [1, iterate],
  [1, stopIterating],
  [3, refresh],
  [2, ready],
  [2, (life) => hint(life)],
  [1, (life) => storm(life)],
  [3, moveTruth],
  [2, report],
  [4, breakSource],
  [2, mendSource],
  [3, breakMember],
  [1, breakEverybody],
  [2, mendEverybody],
  [4, breakSink],
  [4, suspectOne],
  [1, (life) => life.suspect([...life.source.members.map(idOf), "nobody"])],
  [3, (life, dice) => pass(life, dice.pick([0, 1, 10, 60, 100, 150]))],
  [4, (life, dice) => pass(life, dice.pick([500, FLOOR_MS, 1_500, TIMEOUT_MS]))],
  [3, (life, dice) => pass(life, dice.pick([4_000, INTERVAL_MS, 3 * INTERVAL_MS]))],
  [1, (life, dice) => jump(life, dice.pick([5_000, HOUR_MS]))],
  [1, jumpWhileAsking],
  [1, (life, dice) => setWall(life, dice.pick([-24 * HOUR_MS, -1, 24 * HOUR_MS]))],
  [0.3, (life) => life.kind.mayClose && life.close()],
];

/** Lets one random thing happen. */
export async function happen(life: Life, dice: Dice): Promise<void> {
  await dice.weighted(OPERATIONS)(life, dice);
}

function subscribe(life: Life, dice: Dice): void {
  if (life.sinks.filter(({ over }) => !over).length >= 8) return;
  life.subscribe(dice);
  if (dice.chance(0.15)) life.sinks.at(-1)?.leave(dice.chance(0.5));
}

function leave({ sinks }: Life, dice: Dice): void {
  if (sinks.length > 0) dice.pick(sinks).leave(dice.chance(0.5));
}

function iterate(life: Life, dice: Dice): void {
  if (life.readers.filter(({ over }) => !over).length < 3) life.iterate(dice.pick([1, 2, 100]), dice.pick([0, 0, 700]));
}

async function stopIterating({ readers }: Life, dice: Dice): Promise<void> {
  if (readers.length > 0) await dice.pick(readers).leave();
}

function refresh(life: Life, dice: Dice): void {
  if (dice.chance(0.5)) return life.refresh();
  const controller = new AbortController();
  life.time.setTimeout(() => controller.abort(), dice.pick([10, 800]));
  life.refresh(controller.signal);
}

function ready(life: Life, dice: Dice): void {
  const controller = new AbortController();
  if (dice.chance(0.7)) life.time.setTimeout(() => controller.abort(new Error("enough")), dice.pick([10, 1_000]));
  life.ready(controller.signal);
}

/** Calls whose signal has fired already, the outcome ignored, and a source that pushes; an earlier watch may do so too late. */
function hint(life: Life): void {
  life.refresh(AbortSignal.abort());
  void life.poller.refresh({ signal: AbortSignal.abort() });
  void life.poller.ready({ signal: AbortSignal.abort() });
  for (const { changed } of life.source.watches) changed();
}

function storm(life: Life): void {
  for (let call = 0; call < 20; call += 1) life.refresh();
}

function moveTruth(life: Life, dice: Dice): void {
  const { source, kind } = life;
  const crowd = Array.from({ length: 30 }, (_, number) => `m${String(number).padStart(2, "0")}`);
  const clusters: (readonly string[])[] = [
    ["a", "b", "c"],
    ["a", "b", "c", "d"],
    ["b", "c", "d"],
    ["a@moved", "b", "c"],
    ["a@b.test", "b@a.test", "c"],
    ["a@c.test", "c"],
    ["x", "y", "z"],
    ["a"],
    ["b", "a"],
    ["a", "b", "c", "d", "e", "f", "g"],
  ];
  if (kind.crowd) clusters.push(crowd, ["a", "b", "c", ...crowd], crowd.slice(10));
  source.members = dice.pick(clusters);
  life.journal.note(`the cluster is ${source.members.join(" ")}`);
}

function report(life: Life, dice: Dice): void {
  life.source.down = dice.pick([["b"], ["a", "b"], ["q"], ["a", "b", "c", "d", "e", "f", "g", "x", "y", "z"], []]);
  life.journal.note(`reported as down: ${life.source.down.join(" ")}`);
}

function breakSource(life: Life, dice: Dice): void {
  const [name, script] = dice.pick(sourceBehaviours(life));
  life.source.says = script;
  life.journal.note(`the source is ${name}`);
}

function mendSource(life: Life): void {
  life.source.says = () => life.source.truth();
  life.journal.note("the source is good");
}

function breakMember(life: Life, dice: Dice): void {
  const id = idOf(dice.pick(life.source.members));
  const [name, serves] = dice.pick(probeBehaviours(life.source));
  life.source.serves.set(id, serves);
  life.journal.note(`${id} is ${name}`);
}

function breakEverybody(life: Life, dice: Dice): void {
  const [name, serves] = dice.pick([
    ["silent", isSilent],
    ["refusing", refuses],
  ] as const);
  life.source.everybody = serves;
  life.source.serves.clear();
  life.journal.note(`everybody is ${name}`);
}

function mendEverybody(life: Life): void {
  life.source.everybody = answers;
  life.source.serves.clear();
  life.journal.note("everybody answers");
}

function breakSink(life: Life, dice: Dice): void {
  if (life.sinks.length === 0) return;
  const sink = dice.pick(life.sinks);
  const [name, behaviour] = dice.pick(sinkBehaviours(life, sink, dice));
  const part = dice.weighted([
    [4, "behaviour"],
    [1, "selecting"],
    [1, "hearing"],
  ] as const);
  sink[part] = behaviour;
  life.journal.note(`${sink.kind.name} is ${name} (${part})`);
}

function suspectOne(life: Life, dice: Dice): void {
  life.suspect([idOf(dice.pick(life.source.members))]);
}

async function pass(life: Life, ms: number): Promise<void> {
  life.journal.note(`${ms} ms pass`);
  await life.time.advance(ms);
}

async function jump(life: Life, ms: number): Promise<void> {
  const { source, sinks, time } = life;
  const isDue = ms >= HOUR_MS && source.fetches.all.at(-1)?.settled !== undefined && sinks.some(({ over }) => !over);
  life.jumps.push({ order: life.journal.note(`${ms} ms pass at once`), at: time.now() + ms, isDue });
  await time.jump(ms);
}

async function jumpWhileAsking(life: Life, dice: Dice): Promise<void> {
  life.suspect(life.source.members.map(idOf));
  await pass(life, dice.pick([0, 40, 120]));
  await jump(life, dice.pick([900, 5_000]));
}

function idOf(member: string): string {
  return member.split("@")[0] ?? "";
}

function setWall(life: Life, ms: number): void {
  life.journal.note(`the wall clock is set by ${ms} ms`);
  life.time.shiftWall(ms);
}
