import { parseArgs } from "node:util";

/** What the command line asks for. */
export type Command =
  | { readonly kind: "run"; readonly names: readonly string[]; readonly json: string | undefined }
  | { readonly kind: "help" }
  | { readonly kind: "refused"; readonly reason: string };

/** The text of `--help`. */
export function usage(names: readonly string[]): string {
  return `Usage: pnpm bench [--json <file>] [measurement…]

Measures core's budgets side by side with what a user would write otherwise, in about five minutes. Only the named measurements, if any.

  --json <file>  also writes the machine and the figures to this file
  --help         this text

Measurements: ${names.join(", ")}

Exit code: 0 when everything was measured, whatever the verdicts; 1 when something could not be, 2 for a bad command line.
`;
}

/** Reads the arguments that follow the program's name; `names` are the measurements that exist. */
export function parseCommandLine(args: readonly string[], names: readonly string[]): Command {
  try {
    const options = { json: { type: "string" }, help: { type: "boolean", short: "h" } } as const;
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    if (values.help === true) return { kind: "help" };
    const unknown = positionals.find((name) => !names.includes(name));
    if (unknown !== undefined) return { kind: "refused", reason: `no measurement is called ${unknown}; see --help` };
    return { kind: "run", names: positionals.length > 0 ? positionals : names, json: values.json };
  } catch (error) {
    // The first sentence says what is wrong; the rest is advice about parsing.
    return { kind: "refused", reason: `${(error as Error).message.split(". ")[0]}; see --help` };
  }
}
