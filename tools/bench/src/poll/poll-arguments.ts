import { parseArgs } from "node:util";

/** What is asked of a program that measures polls. */
export interface PollArguments {
  /** Numbers of topics, ascending; empty: those that the program chooses. */
  readonly counts: readonly number[];
  /** Whether a quick look will do. */
  readonly short: boolean;
}

/** Reads the arguments that follow the program's name; a text that says what they must be when they are something else. */
export function parsePollArguments(args: readonly string[]): PollArguments | string {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: { short: { type: "boolean" } }, allowPositionals: true });
    const counts = positionals.map(Number);
    const areCounts = counts.every((count, at) => Number.isInteger(count) && count > (counts[at - 1] ?? 0));
    return areCounts ? { counts, short: values.short === true } : USAGE;
  } catch {
    return USAGE;
  }
}

const USAGE = "its arguments are numbers of topics, 1 or more, ascending, and --short for a quick look";
