import { parseArgs } from "node:util";

/** What the command line asks for. */
export type Command =
  | { readonly kind: "run"; readonly real: boolean }
  | { readonly kind: "help" }
  | { readonly kind: "refused"; readonly reason: string };

/** The text of `--help`. */
export const USAGE = `Usage: pnpm demo [--real]

Three clients write to an etcd cluster through one shared poller while every member is replaced, one by one.

  --real    on real etcd 3.7.3 processes instead of the simulator: about 40 s, and once about a minute more to build it (needs Go)
  --help    this text

etcd itself loses a write at about 2 % of the handovers of its lead; --real then says so and ends with 1.

Exit code: 0 when no write failed or got lost and the control died, 1 when not, 2 for an unknown option, 130 when interrupted.
`;

/** Reads the arguments that follow the program's name. */
export function parseCommandLine(args: readonly string[]): Command {
  try {
    const { values } = parseArgs({ args: [...args], options: { real: { type: "boolean" }, help: { type: "boolean", short: "h" } } });
    return values.help === true ? { kind: "help" } : { kind: "run", real: values.real === true };
  } catch (error) {
    // The first sentence says what is wrong; the rest is advice about parsing.
    return { kind: "refused", reason: `${(error as Error).message.split(". ")[0]}; see --help` };
  }
}
