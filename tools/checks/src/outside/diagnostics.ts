/** What the compiler says of one place. */
export interface Diagnostic {
  /** The package whose types are wrong; `undefined` = the project itself, its code or its settings. */
  readonly within: string | undefined;
  /** What it says, with the place. */
  readonly text: string;
}

/** Reads what `tsc --pretty false` prints. What is indented explains the line above. */
export function diagnosticsIn(output: string): readonly Diagnostic[] {
  const texts: string[] = [];
  for (const line of output.split("\n")) {
    if (/\berror TS\d+:/.test(line)) texts.push(line);
    else if (line.startsWith(" ") && texts.length > 0) texts.push(`${texts.pop()}\n${line}`);
  }
  return texts.map((text) => ({ within: packageOf(text), text }));
}

/** Whether the mistake is in a package that is not ours. */
export function isForeign({ within }: Diagnostic): boolean {
  return within !== undefined && !within.startsWith("@rollcall/");
}

/**
 * What is wrong with our types, by what the compiler said and by how it ended; `undefined` = nothing. It ends with 1 or 2 if it has found
 * mistakes, with 0 if not: when that does not fit what was read, something was not understood, and everything it said is the problem.
 */
export function typesProblem(output: string, status: number): string | undefined {
  const found = diagnosticsIn(output);
  const fits = found.length === 0 ? status === 0 : status === 1 || status === 2;
  if (!fits) return `tsc ended with ${status}\n${output}`;
  const ours = found.filter((one) => !isForeign(one)).map(({ text }) => text);
  return ours.join("\n") || undefined;
}

/** The package in whose folder the place is: with npm and with pnpm, what follows the last `node_modules`. */
function packageOf(text: string): string | undefined {
  const [place = ""] = text.split("(", 1);
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(place)?.[1];
}
