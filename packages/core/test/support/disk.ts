import { promises as fs } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { onTestFinished, vi } from "vitest";
import type { Snapshot } from "../../src/snapshot.js";

const { open, rename } = fs;

/** A folder that goes with the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "rollcall-store-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A snapshot of one endpoint, told from others by its version. */
export function snapshot(version: number, metadata: unknown = { epoch: version }): Snapshot {
  const endpoints = [{ id: "a", host: "a.test", port: 2379 }];
  return { version, endpoints, aside: [], metadata, changedAt: 1_700_000_000_000 };
}

/** What a test does to the disk. */
export interface Mischief {
  /** How many bytes of the content are written. Default: all. */
  readonly bytes?: number;
  /** Called before each step, which waits for it; a rejection is the step's. */
  readonly before?: (step: string) => Promise<void>;
}

/**
 * Records every step of a write from now on: `open <name>`, `write`, `sync`, `close`, `rename`. Restored with the test; files
 * that a step left open are closed then.
 */
export function watchDisk({ bytes, before = async () => undefined }: Mischief = {}): readonly string[] {
  const steps: string[] = [];
  const opened = new Set<fs.FileHandle>();
  const step = async (name: string): Promise<void> => {
    steps.push(name);
    await before(name);
  };
  const opens = vi.spyOn(fs, "open").mockImplementation(async (path, ...how) => {
    await step(`open ${basename(String(path)).replace(/-tmp-.*/, "-tmp")} ${how.join(" ")}`.trimEnd());
    const file = await open(path, ...how);
    opened.add(file);
    const { writeFile, sync, close } = file;
    file.writeFile = async (content) => {
      const part = Buffer.from(content as string).subarray(0, bytes);
      await writeFile.call(file, part);
      await step("write");
    };
    file.sync = () => step("sync").then(() => sync.call(file));
    file.close = () =>
      step("close")
        .then(() => opened.delete(file))
        .then(() => close.call(file));
    onTestFinished(() => (opened.delete(file) ? close.call(file) : undefined));
    return file;
  });
  const renames = vi.spyOn(fs, "rename").mockImplementation((from, to) => step("rename").then(() => rename(from, to)));
  onTestFinished(() => [opens, renames].forEach((spy) => void spy.mockRestore()));
  return steps;
}
