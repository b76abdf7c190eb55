import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { outputOf } from "../command.js";
import { nodeProgram } from "../node-program.js";
import { table } from "../table.js";
import { ROOT } from "../workspace.js";
import { type Cell, cellName, cellsOf } from "./matrix-cells.js";
import { PROOFS } from "./proofs.js";
import { type EndedTask, runTasks, type Task } from "./run-tasks.js";

// `pnpm test:packages [--cells ci|all]`: uses the packed packages from outside the workspace, in every cell of the matrix and in each
// proof. Logs and reports are left in `temp/outside`.

const DIRECTORY = join(ROOT, "temp/outside");

try {
  const { cells = "all" } = parseArgs({ options: { cells: { type: "string" } } }).values;
  await proveFromOutside(cellsOf(cells));
} catch (error) {
  process.stderr.write(`test:packages: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function proveFromOutside(cells: readonly Cell[]): Promise<void> {
  rmSync(DIRECTORY, { recursive: true, force: true });
  mkdirSync(DIRECTORY, { recursive: true });
  // Tasks that find the cache of npx empty at the same time would fill it over each other.
  outputOf("npx", ["-y", "--prefer-offline", "pnpm@12", "--version"], ROOT);
  const nodes = new Map([...new Set(cells.map(({ node }) => node))].map((version) => [version, nodeProgram(version)]));
  const tasks: readonly Task[] = [
    ...Object.keys(PROOFS).map((name) => ({ name, suite: "packages from outside", node: process.execPath })),
    ...cells.map((cell) => ({ name: cellName(cell), suite: `packages ${cellName(cell)}`, node: nodes.get(cell.node) ?? "" })),
  ];
  const ended = await runTasks(tasks, DIRECTORY, tell);
  const rows = ended.map(({ task, passed, failed, seconds }) => [task.name, ...[passed, failed, seconds].map(String)]);
  process.stdout.write(`\n${table([["from outside", "passed", "failed", "seconds"], ...rows])}`);
  if (ended.some(({ failed }) => failed > 0)) process.exitCode = 1;
}

function tell({ task, seconds, passed, problem, notes, log }: EndedTask): void {
  process.stdout.write(
    `${task.name}: ${passed} passed in ${seconds} s${problem === undefined ? "" : `, FAILED: ${problem}; see ${log}`}\n`,
  );
  for (const note of notes) process.stdout.write(`  ${note}\n`);
}
