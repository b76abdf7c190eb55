import { giveUpAfter } from "../give-up.js";
import { machineLines, thisMachine } from "../machine.js";
import { measureApart } from "./measure-apart.js";
import type { PollArguments } from "./poll-arguments.js";
import { type PollLine, pollReport } from "./poll-report.js";

/** Ways to poll one kind of cluster, to be measured side by side. */
export interface PollBench<A> {
  /** Of the program. */
  readonly name: string;
  /** A module that calls `measureForParent` with these ways. */
  readonly child: string;
  /** Names of the ways, in the order of the table. */
  readonly ways: readonly string[];
  /** Of everything that takes part. */
  readonly versions: Readonly<Record<string, string>>;
  /** What the cluster is, in a few words. */
  readonly cluster: string;
  /** How many topics there are, one table section after another, when nobody says. */
  readonly counts: readonly number[];
  /** How many polls count, with so many topics. */
  readonly polls: (topics: number) => number;
  /** When to give up, in milliseconds. */
  readonly withinMs: number;
  /** Makes topics until the cluster has so many; resolves with what a way must know. */
  readonly prepare: (topics: number) => Promise<A>;
}

const REST_MS = 5_000;
const SHORT_REST_MS = 1_000;
/** Of the polls that count, so many will do for a quick look. */
const SHORT_SHARE = 0.1;

/** Measures every way and prints the table, however far it comes. Resolves with the exit code: 1 when a way could not be measured. */
export async function runPollBench<A>(bench: PollBench<A>, { counts, short }: PollArguments): Promise<number> {
  const { name, child, ways, versions, cluster, withinMs, prepare } = bench;
  const lines: PollLine[] = [];
  const machine = { ...thisMachine(), versions };
  const sizes = counts.length > 0 ? counts : bench.counts;
  const restMs = short ? SHORT_REST_MS : REST_MS;
  const pollsAt = (topics: number): number => Math.ceil(bench.polls(topics) * (short ? SHORT_SHARE : 1));
  const print = (): void => {
    const polls = [...new Set(sizes.map(pollsAt))].join(" / ");
    const method = `Mean of ${polls} polls (wall: median) after a fifth as many others, then ${restMs / 1_000} s of rest; ${cluster}.`;
    process.stdout.write(`${[...machineLines(machine), method, "", ...pollReport(lines)].join("\n")}\n`);
  };
  giveUpAfter(withinMs, name, print);
  for (const topics of sizes) {
    const asked = await prepare(topics);
    for (const way of ways) {
      process.stderr.write(`${topics} topics: ${way}\n`);
      lines.push({ topics, way, cost: await measureApart(child, { way, asked, restMs, polls: pollsAt(topics) }) });
    }
  }
  print();
  return lines.every(({ cost }) => cost !== undefined) ? 0 : 1;
}
