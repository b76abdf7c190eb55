import { run } from "./command.js";
import { nodeProgram } from "./node-program.js";
import { ROOT } from "./workspace.js";

// Runs the unit tests on the other Node versions that are supported; `node` on npm carries the programs.

const VERSIONS = ["22", "24", "26"];

for (const version of VERSIONS) {
  process.stdout.write(`\nNode ${version}\n`);
  if (!run(nodeProgram(version), ["node_modules/vitest/vitest.mjs", "run", "--project=units"], ROOT)) process.exitCode = 1;
}
