import { betterThanRollcall, type Metric } from "../better-than-rollcall.js";
import { type Column, markdownTable } from "../markdown-table.js";
import { ROLLCALL } from "./contenders.js";
import type { Account } from "./history.js";

/** One line of the table: how a client came through a phase. */
export interface FailoverLine {
  readonly phase: string;
  readonly client: string;
  /** Of consumers, `sent` and `failed` say nothing. Undefined: it could not be measured. */
  readonly account: Account | undefined;
  readonly consumer?: boolean | undefined;
  /** How long after the brokers, or after its first message, it was back, in ms; a text that says so if it was not. Undefined: it was not away. */
  readonly back?: number | string | undefined;
}

const METRICS: readonly Metric<FailoverLine>[] = [
  ["failed", ({ consumer, account }) => (consumer ? undefined : account?.failed)],
  ["gap", ({ account }) => account?.gapMs],
  ["back", ({ back }) => (typeof back === "string" ? Number.POSITIVE_INFINITY : back)],
];

/** How everybody came through, as a Markdown table in lines. */
export function failoverReport(lines: readonly FailoverLine[]): readonly string[] {
  const columns: readonly Column<FailoverLine>[] = [
    { title: "phase", of: ({ phase }) => phase },
    { title: "client", of: ({ client }) => client },
    { title: "sent", of: ({ consumer, account }) => (consumer ? undefined : account?.sent) },
    { title: "failed", of: ({ consumer, account }) => (consumer ? undefined : account?.failed) },
    { title: "longest gap ms", of: ({ account }) => account && Math.round(account.gapMs) },
    { title: "back after ms", of: ({ back }) => (typeof back === "number" ? Math.round(back) : back) },
    { title: "better than Rollcall", of: (line) => better(line, lines) },
  ];
  return markdownTable(columns, lines);
}

/** In what a client beats Rollcall's line of the same phase, the best of them if there are several. */
function better(line: FailoverLine, lines: readonly FailoverLine[]): string {
  if (line.client.startsWith(ROLLCALL)) return "";
  const rollcalls = lines.filter(({ phase, client }) => phase === line.phase && client.startsWith(ROLLCALL));
  return betterThanRollcall(line, rollcalls, METRICS);
}
