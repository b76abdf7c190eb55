import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Runs a program with its output on ours; returns whether it ended well. */
export function run(program: string, args: readonly string[], cwd: string = process.cwd()): boolean {
  const { error, status } = spawnSync(program, args, { cwd, stdio: "inherit" });
  if (error) process.stderr.write(`${program}: ${error.message}\n`);
  return status === 0;
}

/** Runs a program and returns what it printed; throws with that, its complaints included, if it ended badly. */
export function outputOf(program: string, args: readonly string[], cwd: string): string {
  const { error, status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: "utf8" });
  if (error) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${status}\n${stdout}${stderr}`);
  return stdout;
}

/** The path of a program that these checks depend on. */
export function tool(name: string): string {
  return fileURLToPath(new URL(`../node_modules/.bin/${name}`, import.meta.url));
}
