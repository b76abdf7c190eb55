import { spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run } from "./command.js";
import { type Cell, cellName, cellsFrom } from "./etcd-matrix-cells.js";
import { matrixTable, type Outcome, outcomeOf } from "./etcd-matrix-outcome.js";
import { nodeProgram } from "./node-program.js";
import type { VitestReport } from "./test-tally.js";
import { ROOT } from "./workspace.js";

// `pnpm matrix`: the etcd scenarios on every combination of versions, one run of vitest each. What a run printed and reported is left
// in `temp/matrix`.

const DIRECTORY = join(ROOT, "temp/matrix");
/** A cell takes two or three minutes; on a busy machine several times that. */
const LONGEST_MINUTES = 20;

try {
  matrix(cellsFrom(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`matrix: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

function matrix(cells: readonly Cell[]): void {
  rmSync(DIRECTORY, { recursive: true, force: true });
  mkdirSync(DIRECTORY, { recursive: true });
  const nodes = new Map([...new Set(cells.map(({ node }) => node))].map((version) => [version, nodeProgram(version)]));
  // A server that cannot be had is said here and fails its cells.
  const servers = [...new Set(cells.map(({ etcd }) => `etcd ${etcd}`))];
  run(process.execPath, [join(ROOT, "tools/testbed/dist/provision-cli.js"), ...servers], ROOT);
  const outcomes = cells.map((cell) => runCell(cell, nodes.get(cell.node) ?? ""));
  process.stdout.write(`\n${matrixTable(outcomes)}`);
  if (outcomes.some(({ problem }) => problem !== undefined)) process.exitCode = 1;
}

function runCell(cell: Cell, node: string): Outcome {
  const file = join(DIRECTORY, cellName(cell).replaceAll(", ", "-").replaceAll(" ", "-"));
  const began = performance.now();
  const log = openSync(`${file}.log`, "w");
  const vitest = ["node_modules/vitest/vitest.mjs", "run", "--config", "vitest.matrix.config.ts"];
  const reporters = ["--reporter=verbose", "--reporter=json", `--outputFile.json=${file}.json`];
  const { error, signal } = spawnSync(node, [...vitest, ...reporters], {
    cwd: ROOT,
    stdio: ["ignore", log, log],
    timeout: LONGEST_MINUTES * 60_000,
    env: { ...process.env, ROLLCALL_MATRIX_ETCD: cell.etcd, ROLLCALL_MATRIX_GRPC_JS: cell.grpcJs, ROLLCALL_MATRIX_NODE: cell.node },
  });
  closeSync(log);
  const report = existsSync(`${file}.json`) ? (JSON.parse(readFileSync(`${file}.json`, "utf8")) as VitestReport) : undefined;
  const outcome = outcomeOf(cell, report, badEnd(error, signal));
  const seconds = Math.round((performance.now() - began) / 1_000);
  const said = outcome.problem === undefined ? "" : `, ${outcome.problem}; see ${file}.log`;
  process.stdout.write(`${outcome.versions.join(", ") || cellName(cell)}: ${outcome.passed} passed in ${seconds} s${said}\n`);
  return outcome;
}

function badEnd(error: NodeJS.ErrnoException | undefined, signal: string | null): string | undefined {
  if (error?.code === "ETIMEDOUT") return `not finished after ${LONGEST_MINUTES} minutes`;
  return error?.message ?? (signal === null ? undefined : `ended by ${signal}`);
}
