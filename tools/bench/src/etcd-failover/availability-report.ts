import { betterThanRollcall, type Metric } from "../better-than-rollcall.js";
import { type Column, markdownTable } from "../markdown-table.js";
import type { Contender } from "./contenders.js";
import type { Account } from "./history.js";
import type { OutageRun } from "./outage.js";
import type { ReplacementRun } from "./replacement.js";

/** Everything that happened to one contender in one scenario, round after round. */
export interface Line<R> {
  readonly contender: Contender;
  readonly runs: readonly R[];
}

/** How an outage of this name was lived through. */
export interface OutageLine extends Line<OutageRun> {
  readonly fault: string;
}

/** By how much a time must be shorter than Rollcall's to be better, in milliseconds, on average over the rounds: less is chance. */
export const CHANCE_MS = 200;

/** How clients came through the replacement that wrote all the time, as a Markdown table in lines. */
export function busyTable(lines: readonly Line<ReplacementRun>[]): readonly string[] {
  const metrics: readonly Metric<Line<ReplacementRun>>[] = [
    ["failed", ({ runs }) => sum(runs, ({ busy }) => busy.failed)],
    ["gap", (line) => time(line, ({ busy }) => lasting(busy))],
    ["new members", (line) => time(line, ({ usedAfterMs }) => usedAfterMs)],
  ];
  return markdownTable<Line<ReplacementRun>>(
    [
      ...whoColumns(),
      { title: "failed writes", of: ({ runs }) => each(runs, ({ busy }) => busy.failed) },
      { title: "longest gap s", of: ({ runs }) => each(runs, ({ busy }) => gap(busy)) },
      { title: "new member used after s", of: ({ runs }) => each(runs, ({ usedAfterMs }) => seconds(usedAfterMs) ?? "never") },
      { title: "alive after", of: ({ runs }) => aliveIn(runs, ({ busy }) => busy) },
      betterColumn(lines, metrics),
    ],
    lines,
  );
}

/** How clients came through it that wrote nothing meanwhile, as a Markdown table in lines. */
export function idleTable(lines: readonly Line<ReplacementRun>[]): readonly string[] {
  const metrics: readonly Metric<Line<ReplacementRun>>[] = [
    ["failed", ({ runs }) => sum(runs, ({ idle }) => idle.failed)],
    ["first write", (line) => time(line, ({ idle }) => idle.firstMs)],
  ];
  return markdownTable<Line<ReplacementRun>>(
    [
      ...whoColumns(),
      { title: "failed writes", of: ({ runs }) => each(runs, ({ idle }) => idle.failed) },
      { title: "first write after ms", of: ({ runs }) => each(runs, ({ idle }) => idle.firstMs ?? "never") },
      { title: "alive after", of: ({ runs }) => aliveIn(runs, ({ idle }) => idle) },
      betterColumn(lines, metrics),
    ],
    lines,
  );
}

/** How clients came through outages of a follower, as a Markdown table in lines. */
export function outageTable(lines: readonly OutageLine[]): readonly string[] {
  const metrics: readonly Metric<OutageLine>[] = [
    ["failed", ({ runs }) => sum(runs, ({ busy }) => busy.failed)],
    ["gap", (line) => time(line, ({ busy }) => lasting(busy))],
    ["woken: failed", ({ runs }) => sum(runs, ({ idle }) => idle.failed)],
    ["woken: gap", (line) => time(line, ({ idle }) => lasting(idle))],
  ];
  return markdownTable<OutageLine>(
    [
      { title: "follower", of: ({ fault }) => fault },
      ...whoColumns(),
      { title: "failed writes", of: ({ runs }) => each(runs, ({ busy }) => busy.failed) },
      { title: "longest gap s", of: ({ runs }) => each(runs, ({ busy }) => gap(busy)) },
      { title: "slowest good write s", of: ({ runs }) => each(runs, ({ busy }) => seconds(busy.slowestMs)) },
      { title: "woken: failed writes", of: ({ runs }) => each(runs, ({ idle }) => idle.failed) },
      { title: "woken: longest gap s", of: ({ runs }) => each(runs, ({ idle }) => gap(idle)) },
      betterColumn(lines, metrics, ({ fault }) => fault),
    ],
    lines,
  );
}

/** Whether somebody has outlived all the members that it can know: then nothing is proved. */
export function isVoid(lines: readonly Line<ReplacementRun>[]): boolean {
  return lines.some(({ contender, runs }) => contender.intervalMs === undefined && runs.some(({ busy, idle }) => busy.alive || idle.alive));
}

/** Who a line is about; with the reason if it took no part. */
export function whoColumns<L extends { readonly contender: Contender | undefined }>(): readonly Column<L>[] {
  return [
    { title: "client", of: ({ contender }) => contender && named(contender) },
    { title: "asks each", of: ({ contender }) => contender && (contender.intervalMs ? `${contender.intervalMs / 1_000} s` : "never") },
  ];
}

function named({ client, play }: Contender): string {
  return "reason" in play ? `${client}: not available (${play.reason})` : client;
}

/** Compared with Rollcall at the same interval; those that never ask, with all of its lines. */
function betterColumn<R, L extends Line<R>>(
  lines: readonly L[],
  metrics: readonly Metric<L>[],
  scenario: (line: L) => string = () => "",
): Column<L> {
  const better = (line: L): string => {
    const { intervalMs, rollcall } = line.contender;
    if (rollcall) return "";
    const same = ({ contender }: L): boolean => intervalMs === undefined || contender.intervalMs === intervalMs;
    const rollcalls = lines.filter((other) => other.contender.rollcall && scenario(other) === scenario(line) && same(other));
    return betterThanRollcall(line, rollcalls, metrics);
  };
  return { title: "better than Rollcall", of: better };
}

function each<R>(runs: readonly R[], of: (run: R) => string | number | undefined): string | number | undefined {
  const values = runs.map(of);
  return values.length > 1 ? values.join(", ") : values[0];
}

function aliveIn<R>(runs: readonly R[], of: (run: R) => Account): string | undefined {
  return runs.length === 0 ? undefined : `${runs.filter((run) => of(run).alive).length} of ${runs.length}`;
}

/** Undefined when there was no run. */
function sum<R>(runs: readonly R[], of: (run: R) => number): number | undefined {
  return runs.length === 0 ? undefined : runs.reduce((total, run) => total + of(run), 0);
}

function gap(account: Account): string | number | undefined {
  return seconds(lasting(account)) ?? "for ever";
}

/** All rounds together, for comparison, in milliseconds; infinite when something never came, undefined when there was no round. */
function time<R>({ contender, runs }: Line<R>, of: (run: R) => number | undefined): number | undefined {
  const total = sum(runs, (run) => of(run) ?? Number.POSITIVE_INFINITY);
  return total === undefined || !contender.rollcall ? total : total - CHANCE_MS * runs.length;
}

/** Undefined: until the end. */
function lasting({ alive, gapMs }: Account): number | undefined {
  return alive ? gapMs : undefined;
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms / 100) / 10;
}
