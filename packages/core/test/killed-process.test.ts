import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fileSnapshotStore, systemClock } from "../src/index.js";
import type { Snapshot } from "../src/snapshot.js";
import { temporaryFolder } from "./support/disk.js";

const key = "etcd:a.test:2379";
let built = "";

// Only what the store needs, unchecked: whatever else is being worked on cannot matter.
beforeAll(async () => {
  built = await mkdtemp(join(tmpdir(), "rollcall-core-"));
  await writeFile(join(built, "package.json"), JSON.stringify({ type: "module" }));
  const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
  const store = fileURLToPath(new URL("../src/file-snapshot-store.ts", import.meta.url));
  const options = ["--noCheck", "--ignoreConfig", "--module", "nodenext", "--target", "es2023", "--types", "node", "--outDir", built];
  await promisify(execFile)(process.execPath, [tsc, ...options, store]);
}, 60_000);

afterAll(() => rm(built, { recursive: true, force: true }));

/** A process that saves one version after another, as long as it lives, and prints each once it is saved. */
class Saver {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(path: string) {
    const module = pathToFileURL(join(built, "file-snapshot-store.js")).href;
    const program = `import { fileSnapshotStore } from ${JSON.stringify(module)};
      const store = fileSnapshotStore(${JSON.stringify(path)});
      for (let version = 1; ; version += 1) {
        const metadata = Array(20_000).fill(version);
        await store.save(${JSON.stringify(key)}, { version, endpoints: [], aside: [], metadata, changedAt: 0 });
        process.stdout.write(version + "\\n");
      }`;
    this.#process = spawn(process.execPath, ["--input-type=module", "--eval", program], { stdio: ["ignore", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#process.stdout ?? process.stdin })[Symbol.asyncIterator]();
  }

  /** The next version that is saved. */
  async saved(): Promise<number> {
    return Number((await this.#lines.next()).value);
  }

  /** SIGKILL, wherever it is; resolves when it is gone, with the version that it printed last. */
  async kill(): Promise<number> {
    const gone = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.kill("SIGKILL");
    await gone;
    let last = 0;
    for (let line = await this.#lines.next(); line.done !== true; line = await this.#lines.next()) last = Number(line.value);
    return last;
  }
}

/** The version in a file, which must be whole. */
async function wholeVersion(path: string): Promise<number> {
  const { version, metadata } = (await fileSnapshotStore(path).load(key)) as Snapshot<readonly number[]>;
  expect([metadata.length, metadata.every((one) => one === version)]).toEqual([20_000, true]);
  return version;
}

describe("a process that is killed while it saves", { timeout: 60_000 }, () => {
  it("leaves a whole version, the last that it saved or the next; a later one removes what it left", async () => {
    const path = join(await temporaryFolder(), "etcd.json");
    for (let round = 1; round <= 6; round += 1) {
      const saver = new Saver(path);
      let saved = 0;
      for (let version = 1; version <= 2 * round; version += 1) saved = await saver.saved();
      saved = Math.max(saved, await saver.kill());
      expect([saved, saved + 1]).toContain(await wholeVersion(path));
    }
    const later = { ...systemClock, wallNow: () => systemClock.wallNow() + 120_000 };
    await fileSnapshotStore(path, { clock: later }).save(key, { version: 1, endpoints: [], aside: [], metadata: 1, changedAt: 0 });
    expect(await readdir(dirname(path))).toEqual(["etcd.json"]);
  });

  it("or shares its file with another leaves a whole version, as it does all along", async () => {
    const path = join(await temporaryFolder(), "etcd.json");
    const savers = [new Saver(path), new Saver(path)];
    await Promise.all(savers.map((saver) => saver.saved()));
    for (let round = 0; round < 20; round += 1) {
      await Promise.all([wholeVersion(path), savers[round % 2]?.saved()]);
    }
    await Promise.all(savers.map((saver) => saver.kill()));
    expect(await wholeVersion(path)).toBeGreaterThan(1);
  });
});
