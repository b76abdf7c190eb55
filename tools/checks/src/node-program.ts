import { spawnSync } from "node:child_process";
import { ROOT } from "./workspace.js";

/**
 * Where the program of a Node version is; `node` on npm carries it. It is found once and then run without `npx`, which would leave
 * it running when its time is over.
 *
 * @param version - as in `24`
 * @param complaints - a file descriptor, or `inherit`, for what npm says
 */
export function nodeProgram(version: string, complaints: number | "inherit" = "inherit"): string {
  const print = ["-y", "--prefer-offline", "-p", `node@${version}`, "node", "-p", "process.execPath"];
  const { stdout } = spawnSync("npx", print, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", complaints] });
  return stdout?.trim() || `node@${version}`; // not there, which is what starting it says
}
