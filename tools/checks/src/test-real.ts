import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "./command.js";
import { ROOT } from "./workspace.js";

// `pnpm test:real [system]`: provisions what the real suites need, then runs them. A server that cannot be had is no error here:
// its suites say so and are skipped, or fail with CI=true.

const systems = process.argv.slice(2);
run(process.execPath, [join(ROOT, "tools/testbed/dist/provision-cli.js"), ...systems], ROOT);
mkdirSync(join(ROOT, "temp"), { recursive: true });
const reporters = ["--reporter=default", "--reporter=json", "--outputFile.json=temp/real.json"];
if (!run("vitest", ["run", "--project=real", ...reporters, ...systems], ROOT)) process.exitCode = 1;
