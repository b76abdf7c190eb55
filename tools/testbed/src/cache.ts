import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { homedir, hostname } from "node:os";
import { dirname, join } from "node:path";

/** Operating system and architecture of this machine. */
export const PLATFORM: string = `${process.platform}/${process.arch}`;

/**
 * Where provisioned programs live, outside the checkout: `$XDG_CACHE_HOME/rollcall`, else `~/.cache/rollcall`.
 *
 * @param environment Default: that of this process.
 */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const { XDG_CACHE_HOME: home } = environment;
  return join(home || join(homedir(), ".cache"), "rollcall");
}

/**
 * Fills a directory of the cache in one step: `fill` works in a temporary one beside it, which takes the name only when it is
 * complete. When several processes do so at once, the first one to finish wins and the others take what it made. What processes of this
 * machine left behind that were killed meanwhile is removed.
 */
export async function fillCache(directory: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  const parent = dirname(directory);
  await mkdir(parent, { recursive: true });
  for (const name of await readdir(parent)) if (isLeft(name)) await rm(join(parent, name), { recursive: true, force: true });
  // The machine as well, since several may share a home directory.
  const temporary = await mkdtemp(`${directory}.tmp-${hostname()}-${process.pid}-`);
  try {
    await fill(temporary);
    await rename(temporary, directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/**
 * The name of a cache entry that is made from sources: a hash of everything that decides what comes out.
 *
 * @param directory Holds the files.
 * @param platform What else decides; default: operating system and architecture of this machine.
 */
export async function cacheKey(directory: string, files: readonly string[], platform: string = PLATFORM): Promise<string> {
  const hash = createHash("sha256").update(platform);
  for (const file of files) hash.update(`\0${file}\0`).update(await readFile(join(directory, file)));
  return hash.digest("hex").slice(0, 16);
}

/** Whether this is the temporary directory of a process of this machine that has ended. */
function isLeft(name: string): boolean {
  const [, host, pid] = /\.tmp-(.+)-(\d+)-\w+$/.exec(name) ?? [];
  return host === hostname() && !isRunning(Number(pid));
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
