import { betterThanRollcall, type Metric } from "../better-than-rollcall.js";
import { type Column, markdownTable } from "../markdown-table.js";
import type { Contender } from "./contenders.js";
import type { Outcome } from "./outcome.js";

/** One line of the table: how a client came through a scenario. */
export interface FailoverLine {
  readonly scenario: string;
  readonly contender: Pick<Contender, "client" | "fedBy" | "rollcall" | "control">;
  readonly outcome: Outcome;
}

const METRICS: readonly Metric<FailoverLine>[] = [
  ["failed", ({ outcome }) => outcome.failedBefore + outcome.failedAfter],
  ["gap", ({ outcome }) => outcome.longestGapMs],
  ["back", ({ outcome }) => outcome.backMs ?? Number.POSITIVE_INFINITY],
];

/** How everybody came through, as a Markdown table in lines. */
export function failoverReport(lines: readonly FailoverLine[]): readonly string[] {
  const columns: readonly Column<FailoverLine>[] = [
    { title: "scenario", of: ({ scenario }) => scenario },
    { title: "client", of: ({ contender }) => contender.client },
    { title: "fed by", of: ({ contender }) => contender.fedBy },
    { title: "ok", of: ({ outcome }) => outcome.ok },
    { title: "failed before brokers died", of: ({ outcome }) => outcome.failedBefore },
    { title: "failed after", of: ({ outcome }) => outcome.failedAfter },
    { title: "refused, busy broker", of: ({ outcome }) => outcome.busy },
    { title: "longest gap s", of: ({ outcome }) => outcome.longestGapMs / 1_000 },
    { title: "back after s", of: ({ outcome: { backMs } }) => (backMs === undefined ? "not back" : backMs / 1_000) },
    { title: "better than Rollcall", of: (line) => better(line, lines) },
  ];
  return markdownTable(columns, lines);
}

/** Whether a client that must have failed did not: then nothing is proved. */
export function isVoid(lines: readonly FailoverLine[]): boolean {
  return lines.some(({ contender, outcome }) => contender.control === true && outcome.backMs !== undefined);
}

/** In what a client beats the best that Rollcall does for the same client. */
function better(line: FailoverLine, lines: readonly FailoverLine[]): string {
  if (line.contender.rollcall) return "";
  const rollcalls = lines.filter(({ scenario, contender }) => {
    return scenario === line.scenario && contender.client === line.contender.client && contender.rollcall;
  });
  return betterThanRollcall(line, rollcalls, METRICS);
}
