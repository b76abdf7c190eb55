import { fileURLToPath } from "node:url";
import { entriesOf, published } from "../workspace.js";
import { type Block, cellFiles, dependenciesOf, readmeBlocks, STAGE } from "./cell-files.js";
import { diagnosticsIn, isForeign } from "./diagnostics.js";
import type { Cell } from "./matrix-cells.js";
import { type OutsideProject, outsideProject } from "./project.js";
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
  const command = `tsc -p tsconfig.${language}.json --pretty false; echo "ended with $?"`;
  const output = project.run("sh", ["-c", command]);
  const found = diagnosticsIn(output);
  const foreign = found.filter(isForeign);
  for (const name of new Set(foreign.map(({ within }) => within)))
    note(`${language} blocks: ${foreign.filter(({ within }) => within === name).length} errors in the types of ${name}, which is not ours`);
  for (const { text } of foreign) process.stdout.write(`${text}\n`);
  const ours = found.filter((one) => !isForeign(one)).map(({ text }) => text);
  const silent = found.length === 0 && !output.endsWith("ended with 0\n");
  return { title: `types of the ${language} blocks`, problem: silent ? output : ours.join("\n") || undefined };
}

function runBlocks(project: OutsideProject, blocks: readonly Block[]): readonly Trial[] {
  const programs = blocks.flatMap(({ place, program }) => (program === undefined ? [] : [{ place, program }]));
  const runner = fileURLToPath(new URL("block-runner.js", import.meta.url));
  const said = project.run("node", [runner, STAGE, ...programs.map(({ program }) => program)]);
  const problems = JSON.parse(said) as readonly (string | null)[];
  return programs.map(({ place }, at) => ({ title: `${place} runs and ends`, problem: problems[at] ?? undefined }));
}
