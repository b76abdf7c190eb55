import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ending } from "@rollcall/examples/code-blocks";

// Runs in an outside project, on the Node of its cell: `node block-runner.js <stage> <program>...`. The stage, on the packages that are
// installed there, stands for the clusters that the programs name. Prints, as JSON, a problem or `null` for each of them.

/** How long a program may take; each ends by itself. */
const ENDS_WITHIN_MS = 60_000;
const AT_ONCE = 3;

interface Stage {
  set(code: string): string;
  close(): Promise<void>;
}

const [stageModule = "", ...programs] = process.argv.slice(2);
const { startReadmeStage }: { startReadmeStage(): Promise<Stage> } = await import(pathToFileURL(resolve(stageModule)).href);
const stage = await startReadmeStage();
mkdirSync("run", { recursive: true });
const problems = new Map<string, string | null>();
const waiting = [...programs];
await Promise.all(Array.from({ length: AT_ONCE }, runWaiting));
await stage.close();
process.stdout.write(JSON.stringify(programs.map((program) => (problems.has(program) ? problems.get(program) : "was not run"))));

async function runWaiting(): Promise<void> {
  for (let program = waiting.shift(); program !== undefined; program = waiting.shift()) problems.set(program, await problemOf(program));
}

function problemOf(program: string): Promise<string | null> {
  const code = readFileSync(program, "utf8");
  const staged = join("run", `${basename(program)}.mjs`);
  writeFileSync(staged, ending(stage.set(code)));
  return new Promise((done) => {
    execFile(process.execPath, [staged], { timeout: ENDS_WITHIN_MS }, (error, output, errors) => {
      if (error?.killed) done(`did not end within ${ENDS_WITHIN_MS} ms\n${output}${errors}`);
      else if (error) done(`ended with ${error.code}\n${output}${errors}`);
      else done(code.includes("console.log") && output === "" ? "printed nothing" : null);
    });
  });
}
