import { promises as fs } from "node:fs";
import { resolve } from "node:path";
import { checkNumber, checkOptionNames, invalid } from "./check-options.js";
import { type Clock, systemClock } from "./clock.js";
import { textOf } from "./discovery-error.js";
import { removeAbandoned, replaceFile } from "./replace-file.js";
import type { SnapshotStore } from "./snapshot-store.js";

const FORMAT = "rollcall-snapshot/1";

/**
 * A {@link SnapshotStore} in one file: JSON that a person can read and, in need, edit. The file is replaced as a whole, so that a
 * crash at any moment leaves the old one or the new one, and only its owner may read it (mode 0600). Its folder must exist. Use
 * one file per poller: a file of another source is not loaded.
 *
 * @param path - the file; a relative one is resolved once, now
 * @throws DiscoveryError `INVALID_OPTIONS`
 */
export function fileSnapshotStore(
  path: string,
  options: {
    /**
     * How old a stored set may be to be used, in milliseconds. Default `Infinity`. 0 to `Infinity`. Counted by the wall clock
     * from the save. A set that polls confirm is saved again once an hour, so that less than two hours make little sense.
     */
    readonly maxAgeMs?: number | undefined;
    /** Default: the system clock. */
    readonly clock?: Clock | undefined;
  } = {},
): SnapshotStore {
  if (typeof path !== "string" || path === "") throw invalid("fileSnapshotStore path", path, "the path of a file");
  checkOptionNames("fileSnapshotStore", options, ["maxAgeMs", "clock"]);
  const maxAgeMs = checkNumber("fileSnapshotStore maxAgeMs", options.maxAgeMs, Number.POSITIVE_INFINITY, 0, Number.POSITIVE_INFINITY);
  const { clock = systemClock } = options;
  if (typeof clock?.wallNow !== "function" || typeof clock.random !== "function")
    throw invalid("fileSnapshotStore clock", clock, "a Clock");
  const file = resolve(path);
  let cleaning: Promise<void> | undefined;
  return {
    async load(key) {
      const text = await readText(file);
      if (text === undefined) return undefined;
      const { savedAt, snapshot } = storedIn(file, text, key);
      const ageMs = clock.wallNow() - savedAt;
      if (ageMs <= maxAgeMs) return snapshot;
      throw new Error(`${file} is too old: saved ${Math.round(ageMs / 1_000)} s ago, maxAgeMs is ${maxAgeMs}`);
    },
    async save(key, snapshot) {
      cleaning ??= removeAbandoned(file, clock);
      await cleaning;
      const content = JSON.stringify({ format: FORMAT, key, savedAt: clock.wallNow(), snapshot }, null, 2);
      await replaceFile(file, `${content}\n`, clock, 0o600).catch((error: unknown) => {
        throw new Error(`cannot write ${file}: ${textOf(error)}`, { cause: error });
      });
    },
  };
}

/** What a file says; undefined if there is none. */
async function readText(file: string): Promise<string | undefined> {
  try {
    return await fs.readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Error(`cannot read ${file}: ${textOf(error)}`, { cause: error });
  }
}

/**
 * What a file's text holds. No part of such a text is JSON by itself, so it takes no checksum to notice that a file was cut short.
 * @throws Error that says why it cannot be used
 */
function storedIn(file: string, text: string, wantedKey: string): { readonly savedAt: number; readonly snapshot: unknown } {
  const { format, key, savedAt, snapshot } = parse(file, text);
  if (format !== FORMAT) throw new Error(`${file} is not of the format ${FORMAT}`);
  if (key !== wantedKey) throw new Error(`${file} holds the snapshot of ${textOf(key)}, not of ${wantedKey}`);
  if (typeof savedAt !== "number" || snapshot === undefined) throw new Error(`${file} is damaged: savedAt or the snapshot is missing`);
  return { savedAt, snapshot };
}

function parse(file: string, text: string): Partial<Record<"format" | "key" | "savedAt" | "snapshot", unknown>> {
  try {
    return Object(JSON.parse(text));
  } catch (error) {
    throw new Error(`${file} is damaged or cut short: it is no JSON`, { cause: error });
  }
}
