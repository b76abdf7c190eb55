import { markdownTable } from "../markdown-table.js";
import { whoColumns } from "./availability-report.js";
import type { CostLine } from "./costs.js";

/** What clients cost that only know the members, as a Markdown table in lines. */
export function costTable(lines: readonly CostLine[]): readonly string[] {
  const [client, ...others] = whoColumns<CostLine>();
  return markdownTable<CostLine>(
    [
      { title: "client", of: (line) => client?.of(line) ?? "nobody" },
      ...others,
      { title: "clients", of: ({ clients }) => clients },
      { title: "polls per min", of: ({ cost }) => cost?.pollsPerMinute },
      { title: "bytes out per min", of: ({ cost }) => cost?.bytesOutPerMinute },
      { title: "bytes in per min", of: ({ cost }) => cost?.bytesInPerMinute },
      { title: "connections", of: ({ cost }) => cost?.connections },
      { title: "CPU ms/s", of: ({ cost }) => cost?.cpuMsPerS },
      { title: "CPU of all servers ms/s", of: ({ serversCpuMsPerS }) => serversCpuMsPerS },
      { title: "CPU ms per poll", of: ({ cost }) => cost && perPoll(cost) },
    ],
    lines,
  );
}

/** Fewer say nothing about one: processor time is known in steps of 10 ms. */
const ENOUGH_POLLS_PER_MINUTE = 10;

/** All that is used, divided by the polls. */
function perPoll({ cpuMsPerS, pollsPerMinute }: NonNullable<CostLine["cost"]>): number | undefined {
  return cpuMsPerS === undefined || pollsPerMinute < ENOUGH_POLLS_PER_MINUTE ? undefined : (60 * cpuMsPerS) / pollsPerMinute;
}
