import { promises as fs } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Clock } from "./clock.js";

const MARK = ".rollcall-tmp-";
/** No write takes so long; should one do, it fails and the old content stays. */
const ABANDONED_AFTER_MS = 60_000;

/**
 * Gives a file new content. Whoever reads it, and whatever crashes at any byte, finds the old content or the new: a temporary
 * file gets the name once its bytes are on the disk. Every call has its own temporary file, so that two processes may replace
 * one file; the last one wins.
 *
 * @param mode - who may read it, as far as the umask allows
 */
export async function replaceFile(path: string, content: string, clock: Clock, mode: number): Promise<void> {
  const temporary = `${path}${MARK}${clock.random().toString(36).slice(2)}`;
  const file = await fs.open(temporary, "wx", mode);
  try {
    await onDisk(file, () => file.writeFile(content));
    await fs.rename(temporary, path);
  } catch (error) {
    await fs.rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  // Without this a power failure could bring the old content back. Not every system can do it, and nothing is lost without.
  await fs
    .open(dirname(path))
    .then(onDisk)
    .catch(() => undefined);
}

/** Removes the temporary files of processes that crashed while they wrote this one. Never rejects. */
export async function removeAbandoned(path: string, clock: Clock): Promise<void> {
  const names = await fs.readdir(dirname(path)).catch(() => []);
  for (const name of names.filter((one) => one.startsWith(`${basename(path)}${MARK}`))) {
    const temporary = join(dirname(path), name);
    const isAbandoned = await fs.stat(temporary).then(
      ({ mtimeMs }) => clock.wallNow() - mtimeMs > ABANDONED_AFTER_MS,
      () => false,
    );
    if (isAbandoned) await fs.rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** Closes a file or a directory once what was done to it is on the disk. */
async function onDisk(file: fs.FileHandle, write?: () => Promise<void>): Promise<void> {
  try {
    await write?.();
    await file.sync();
  } finally {
    await file.close();
  }
}
