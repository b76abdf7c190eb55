import { spawnSync } from "node:child_process";
import { ROOT } from "./workspace.js";

/** The oldest Node that is supported; what is tried on Node 20 is tried on this one. */
const OLDEST = "20.19.0";

/**
 * Where the program of a Node version is; `node` on npm carries it. It is found once and then run without `npx`, which would leave
 * it running when its time is over.
 *
 * @param version - as in `24`; `20` is the oldest that is supported
 * @throws Error if npm does not give that version
 */
export function nodeProgram(version: string): string {
  const wanted = version === "20" ? OLDEST : version;
  const print = ["-y", "--prefer-offline", "-p", `node@${wanted}`, "node", "-p", "[process.version, process.execPath].join(' ')"];
  const { stdout } = spawnSync("npx", print, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  return programOf(wanted, stdout ?? "");
}

/**
 * The program that said which version it is and where, as in `v24.1.0 /there/node`. Where npm runs no install scripts, `npx` starts the
 * Node that is installed anyway, and says nothing of it.
 *
 * @throws Error if it is another version, or if nothing was said
 */
export function programOf(version: string, said: string): string {
  const [, running = "nothing", program = ""] = /^(\S+) (.+)$/m.exec(said) ?? [];
  if (`${running}.`.startsWith(`v${version}.`)) return program;
  throw new Error(`npm does not give Node ${version}: ${running} ran instead; node@${version} needs its install script`);
}
