import { execFile } from "node:child_process";

/**
 * Runs a program to its end and returns its standard output.
 *
 * Rejects with one line that says which program failed and why: not installed, or the last line that it wrote.
 */
export async function run(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { ...options, env: { ...process.env, ...options.env }, maxBuffer: 16 << 20 }, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const said = stderr.trim().split("\n").at(-1) || error.message;
      const reason = error.code === "ENOENT" ? "not installed" : said;
      reject(new Error(`${program} ${args[0] ?? ""}: ${reason}`, { cause: error }));
    });
  });
}
