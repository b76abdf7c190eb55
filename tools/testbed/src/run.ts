import { execFile } from "node:child_process";

/**
 * Runs a program to its end and returns its standard output.
 *
 * Rejects with one line that says which program failed and why: not installed, the last line of its standard error, or, for those
 * that complain on standard output, as Maven does, the first line there.
 */
export async function run(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { ...options, env: { ...process.env, ...options.env }, maxBuffer: 16 << 20 }, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const said = stderr.trim().split("\n").at(-1) || stdout.trim().split("\n")[0] || error.message;
      const reason = error.code === "ENOENT" ? "not installed" : said;
      reject(new Error(`${program} ${args[0] ?? ""}: ${reason}`, { cause: error }));
    });
  });
}
