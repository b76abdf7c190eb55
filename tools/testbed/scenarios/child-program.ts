import { execFile } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { build } from "esbuild";

/** How a program ended. */
export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  /** How long it went on after the first thing that it said, in milliseconds. */
  readonly lingeredMs: number;
}

/**
 * One plain JavaScript text of a module with everything that it imports, for a child that is not told to run on the sources.
 *
 * @param alias What is taken in place of a package, by the package's name.
 */
export async function bundled(entry: string, alias: Readonly<Record<string, string>> = {}): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    write: false,
    bundle: true,
    platform: "node",
    format: "cjs",
    conditions: ["@rollcall/source"],
    alias,
    define: { "import.meta.url": "'file:///'" },
    logLevel: "error",
  });
  return outputFiles[0]?.text ?? "";
}

/** Runs a text as a process of its own, through a pipe, so that no file is left. Rejects when it fails, or does not end within a minute. */
export async function runProgram(program: string, ...parameters: readonly string[]): Promise<Ended> {
  const running = promisify(execFile)(process.execPath, ["-", ...parameters], { timeout: 60_000 });
  const { stdin, stdout: output } = running.child;
  if (stdin === null || output === null) throw new Error("the child has no pipes");
  stdin.end(program);
  const said = once(output, "data").then(() => performance.now());
  const { stdout, stderr } = await running;
  return { stdout, stderr, lingeredMs: performance.now() - (await said) };
}
