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

/** The package in whose folder the place is: with npm and with pnpm, what follows the last `node_modules`. */
function packageOf(text: string): string | undefined {
  const [place = ""] = text.split("(", 1);
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(place)?.[1];
}
