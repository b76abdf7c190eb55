import { entriesOf, published } from "../workspace.js";
import { type Block, cellFiles, dependenciesOf, EVERY_ENTRY, readmeBlocks, STAGE } from "./cell-files.js";
import { diagnosticsIn, isForeign, typesProblem } from "./diagnostics.js";
import type { Cell } from "./matrix-cells.js";
import { type OutsideProject, outsideProject } from "./project.js";
import { runPrograms } from "./run-programs.js";
import type { Trial } from "./trial.js";

/**
 * Installs every package as the cell says, compiles the code of the READMEs, and runs it. What is wrong with the types of others is
 * counted by a `note` and printed, and no failure.
 *
 * @param node - the path of the cell's Node
 */
export function runCell(cell: Cell, node: string, note: (line: string) => void): readonly Trial[] {
  const libraries = published().filter(({ manifest }) => manifest.exports !== undefined);
  const blocks = readmeBlocks();
  const project = outsideProject({
    manager: cell.manager,
    node,
    packages: libraries.map(({ folder }) => folder),
    dependencies: { ...dependenciesOf(blocks), "@types/node": `^${cell.node}`, typescript: `~${cell.typescript}.0` },
    files: cellFiles(
      cell,
      blocks,
      libraries.flatMap(({ manifest }) => entriesOf(manifest)),
    ),
  });
  note(`installed with ${cell.manager} on Node ${project.run("node", ["--version"]).trim()}`);
  try {
    return [
      { title: "every package installs" },
      ...["ts", "js"].map((language) => compile(project, language, note)),
      ...runBlocks(project, blocks),
    ];
  } finally {
    project.close();
  }
}

function compile(project: OutsideProject, language: string, note: (line: string) => void): Trial {
  const [, output = "", status] =
    /^(.*)ended with (\d+)\n$/s.exec(
      project.run("sh", ["-c", `tsc -p tsconfig.${language}.json --pretty false 2>&1; echo "ended with $?"`]),
    ) ?? [];
  const foreign = diagnosticsIn(output).filter(isForeign);
  for (const name of new Set(foreign.map(({ within }) => within)))
    note(`${language} blocks: ${foreign.filter(({ within }) => within === name).length} errors in the types of ${name}, which is not ours`);
  for (const { text } of foreign) process.stdout.write(`${text}\n`);
  return { title: `types of the ${language} blocks`, problem: typesProblem(output, Number(status)) };
}

function runBlocks(project: OutsideProject, blocks: readonly Block[]): readonly Trial[] {
  const ofBlocks = blocks.flatMap(({ place, program }) => (program === undefined ? [] : [{ place, program }]));
  const programs = [{ place: "what imports every entry", program: EVERY_ENTRY }, ...ofBlocks];
  const problems = runPrograms(
    project,
    STAGE,
    programs.map(({ program }) => program),
  );
  return programs.map(({ place }, at) => ({ title: `${place} runs and ends`, problem: problems[at] }));
}
