import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { codeBlocks } from "@rollcall/examples/code-blocks";
import { published, ROOT } from "../workspace.js";
import { outsideProject } from "./project.js";
import { runPrograms } from "./run-programs.js";

/** A line that README.md tells users to type, and the program that it shows next. */
export interface InstallLine {
  /** What follows `npm install`. */
  readonly packages: readonly string[];
  readonly code: string;
}

/** Reads the blocks of shell that install something. Throws if no JavaScript follows one of them. */
export function installLines(markdown: string): readonly InstallLine[] {
  const blocks = codeBlocks(markdown);
  return blocks.flatMap(({ language, code }, at) => {
    const [, packages] = (language === "sh" && /^npm install (.+)$/m.exec(code)) || [];
    if (packages === undefined) return [];
    const next = blocks[at + 1];
    if (next?.language !== "js") throw new Error(`no program follows npm install ${packages}`);
    return [{ packages: packages.split(" "), code: next.code }];
  });
}

/**
 * Types each line of README.md into a project of its own, ours as tarballs, and runs the program below it there: what a package needs and
 * does not say is missing, as it is not where everything is installed together.
 *
 * @returns what was proven, in one line
 * @throws Error if there is no such line, or with what a program said that did not end well
 */
export async function installLinesWork(): Promise<string> {
  const lines = installLines(readFileSync(join(ROOT, "README.md"), "utf8"));
  if (lines.length === 0) throw new Error("README.md installs nothing");
  for (const line of lines) tryLine(line);
  return `README.md's programs run where only its lines were typed: npm install ${lines.map(({ packages }) => packages.join(" ")).join("; ")}`;
}

function tryLine({ packages, code }: InstallLine): void {
  const ours = published().filter(({ manifest }) => packages.includes(manifest.name));
  const others = packages.filter((name) => !ours.some(({ manifest }) => manifest.name === name));
  const project = outsideProject({
    manager: "npm",
    packages: ours.map(({ folder }) => folder),
    dependencies: Object.fromEntries(others.map((name) => [name, "latest"])),
    files: { "readme.js": code },
  });
  try {
    // The stage runs on the packages of the workspace: it needs more of them than were installed here.
    const stage = fileURLToPath(import.meta.resolve("@rollcall/examples/readme-stage"));
    const [problem] = runPrograms(project, stage, ["readme.js"]);
    if (problem !== undefined) throw new Error(`after npm install ${packages.join(" ")} the program ${problem}`);
  } finally {
    project.close();
  }
}
