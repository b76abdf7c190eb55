import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

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
 * complete. When several processes do so at once, the first one to finish wins and the others take what it made.
 */
export async function fillCache(directory: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(directory), { recursive: true });
  const temporary = await mkdtemp(`${directory}.tmp-`);
  try {
    await fill(temporary);
    await rename(temporary, directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
