import { type Column, markdownTable } from "../markdown-table.js";
import type { PollCost } from "./measure-polls.js";

/** One line of the table. */
export interface PollLine {
  readonly topics: number;
  readonly way: string;
  /** Undefined when it could not be measured. */
  readonly cost: PollCost | undefined;
}

const COLUMNS: readonly Column<PollLine>[] = [
  { title: "topics", of: ({ topics }) => topics },
  { title: "way", of: ({ way, cost }) => (cost === undefined ? `${way} (not measured)` : way) },
  { title: "requests", of: ({ cost }) => cost?.requests },
  { title: "bytes out", of: ({ cost }) => cost?.bytesOut },
  { title: "bytes in", of: ({ cost }) => cost?.bytesIn },
  { title: "sockets opened", of: ({ cost }) => cost?.opened },
  { title: "CPU ms", of: ({ cost }) => cost?.cpuMs },
  { title: "wall ms", of: ({ cost }) => cost?.wallMs },
  { title: "sockets at rest", of: ({ cost }) => cost?.openAtRest },
  { title: "CPU ms/s at rest", of: ({ cost }) => cost?.restCpuMs },
  { title: "CPU ms/min at one poll in 30 s", of: ({ cost }) => cost && 60 * cost.restCpuMs + 2 * cost.cpuMs },
];

/** What every way costs, as a Markdown table in lines. */
export function pollReport(lines: readonly PollLine[]): readonly string[] {
  return markdownTable(COLUMNS, lines);
}
