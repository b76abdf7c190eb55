import { execFile } from "node:child_process";

/** A build on a slow machine takes a minute or two; Maven would wait half an hour for a server that is silent. */
const DEADLINE_MS = 600_000;

/**
 * Runs a program to its end and returns its standard output.
 *
 * Rejects with one line that says which program failed and why: not installed, the last line of its standard error, or, for those
 * that complain on standard output, as Maven does, the first line there. One that does not end in time is killed.
 *
 * @param options `timeoutMs`: how long it may take; default 10 minutes.
 */
export async function run(
  program: string,
  args: readonly string[],
  { cwd, env, timeoutMs = DEADLINE_MS }: { cwd?: string; env?: NodeJS.ProcessEnv; timeoutMs?: number } = {},
): Promise<string> {
  const limits = { timeout: timeoutMs, killSignal: "SIGKILL", maxBuffer: 16 << 20 } as const;
  return new Promise((resolve, reject) => {
    execFile(program, args, { ...limits, cwd, env: { ...process.env, ...env } }, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const said = stderr.trim().split("\n").at(-1) || stdout.trim().split("\n")[0] || error.message;
      const late = error.killed && error.code === null ? `not finished after ${timeoutMs / 1_000} s` : said;
      const reason = error.code === "ENOENT" ? "not installed" : late;
      reject(new Error(`${program} ${args[0] ?? ""}: ${reason}`, { cause: error }));
    });
  });
}
