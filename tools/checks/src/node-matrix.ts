import { run } from "./command.js";
import { ROOT } from "./workspace.js";

// Runs the unit tests on the other Node versions that are supported; `node` on npm carries the programs.

const VERSIONS = ["22", "24", "26"];

for (const version of VERSIONS) {
  process.stdout.write(`\nNode ${version}\n`);
  const args = ["-y", "-p", `node@${version}`, "node", "node_modules/vitest/vitest.mjs", "run", "--project=units"];
  if (!run("npx", args, ROOT)) process.exitCode = 1;
}
