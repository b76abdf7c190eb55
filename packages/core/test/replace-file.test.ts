import { mkdir, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fileSnapshotStore, type SnapshotStore } from "../src/index.js";
import { type Mischief, snapshot, temporaryFolder, watchDisk } from "./support/disk.js";
import { ManualClock } from "./support/manual-clock.js";

const key = "etcd:a.test:2379";

/** A folder with a snapshot of version 1, and a store as a process would have it that starts now. */
async function setup(): Promise<{ readonly folder: string; readonly clock: ManualClock; readonly restart: () => SnapshotStore }> {
  const folder = await temporaryFolder();
  const clock = new ManualClock();
  const restart = (): SnapshotStore => fileSnapshotStore(join(folder, "etcd.json"), { clock });
  await restart().save(key, snapshot(1));
  return { folder, clock, restart };
}

/** Saves version 2 in a process that dies before a step, or once some bytes are written; resolves when it is dead. */
async function dieSaving(store: SnapshotStore, step: string, bytes?: number): Promise<void> {
  await new Promise<void>((dead) => {
    const before = (next: string): Promise<void> => {
      if (next !== step) return Promise.resolve();
      dead();
      return new Promise(() => undefined);
    };
    watchDisk({ ...(bytes === undefined ? {} : { bytes }), before });
    void store.save(key, snapshot(2));
  });
}

describe("a save", () => {
  it("brings the bytes to the disk before they get the name, and then the name", async () => {
    const { restart } = await setup();
    const steps = watchDisk();
    await restart().save(key, snapshot(2));
    const [opened, ...others] = steps;
    expect(opened).toBe("open etcd.json.rollcall-tmp wx 384"); // 0o600
    expect(others.map((step) => step.split(" ")[0])).toEqual(["write", "sync", "close", "rename", "open", "sync", "close"]);
  });

  it("resolves also where a folder cannot be synced", async () => {
    const { restart } = await setup();
    let syncs = 0;
    watchDisk({ before: async (step) => void (step === "sync" && ++syncs === 2 && fail("EPERM")) });
    await restart().save(key, snapshot(2));
    expect([syncs, await restart().load(key)]).toEqual([2, snapshot(2)]);
  });

  it.each(["open etcd.json.rollcall-tmp wx 384", "write", "sync", "close", "rename"])(
    "that fails at %j rejects, keeps the old file and leaves nothing behind",
    async (failing) => {
      const { folder, restart } = await setup();
      const mischief: Mischief = { before: async (step) => void (step === failing && fail("ENOSPC")) };
      watchDisk(mischief);
      await expect(restart().save(key, snapshot(2))).rejects.toThrow(`cannot write ${join(folder, "etcd.json")}: ENOSPC`);
      expect(await restart().load(key)).toEqual(snapshot(1));
      expect(await readdir(folder)).toEqual(["etcd.json"]);
    },
  );
});

describe("a process that dies in a save", () => {
  it("at whichever byte, leaves the old file, and no more than one other", async () => {
    const { folder, clock, restart } = await setup();
    clock.shiftWall(1e12); // what is left counts as old at once
    const { length } = await readFile(join(folder, "etcd.json"));
    for (let bytes = 0; bytes <= length; bytes += 1) {
      await dieSaving(restart(), "write", bytes);
      expect(await restart().load(key), `${bytes} bytes`).toEqual(snapshot(1));
      expect(await readdir(folder)).toHaveLength(2);
    }
  });

  it.each(["sync", "close", "rename"])("before %j leaves the old file", async (step) => {
    const { restart } = await setup();
    await dieSaving(restart(), step);
    expect(await restart().load(key)).toEqual(snapshot(1));
  });

  it("once the file has its name, leaves the new one", async () => {
    const { folder, restart } = await setup();
    await dieSaving(restart(), `open ${folder.split("/").at(-1)}`);
    expect(await restart().load(key)).toEqual(snapshot(2));
    expect(await readdir(folder)).toEqual(["etcd.json"]);
  });
});

describe("what crashed processes left", () => {
  it("is removed by the next process once it is a minute old; what others write now, and everything else, stays", async () => {
    const { folder, clock, restart } = await setup();
    const others = ["etcd.json.bak", "kafka.json.rollcall-tmp-1", "a.etcd.json.rollcall-tmp-1"];
    for (const name of ["etcd.json.rollcall-tmp-old", "etcd.json.rollcall-tmp-young", ...others]) {
      const at = (clock.wallNow() - (name.endsWith("young") ? 59_000 : 61_000)) / 1_000;
      await writeFile(join(folder, name), "{");
      await utimes(join(folder, name), at, at);
    }
    await restart().save(key, snapshot(2));
    expect(await readdir(folder)).toEqual([...others, "etcd.json", "etcd.json.rollcall-tmp-young"].sort());
  });

  it("and cannot be removed keeps nobody from saving, nor from removing the rest", async () => {
    const { folder, clock, restart } = await setup();
    await mkdir(join(folder, "etcd.json.rollcall-tmp-0"));
    await writeFile(join(folder, "etcd.json.rollcall-tmp-1"), "{");
    clock.shiftWall(1e12);
    await restart().save(key, snapshot(2));
    expect(await readdir(folder)).toEqual(["etcd.json", "etcd.json.rollcall-tmp-0"]);
    expect(await restart().load(key)).toEqual(snapshot(2));
  });

  it("is looked for once per store", async () => {
    const { folder, clock, restart } = await setup();
    const store = restart();
    await store.save(key, snapshot(2));
    await writeFile(join(folder, "etcd.json.rollcall-tmp-1"), "{");
    clock.shiftWall(1e12);
    await store.save(key, snapshot(3));
    expect(await readdir(folder)).toEqual(["etcd.json", "etcd.json.rollcall-tmp-1"]);
  });
});

describe("many stores of one file", () => {
  it("that save at the same time leave one of their snapshots, whole, and nothing else", async () => {
    const { folder, restart } = await setup();
    const versions = Array.from({ length: 20 }, (_, at) => at + 2);
    const saves = versions.map((version) => restart().save(key, snapshot(version, "x".repeat(1_000 * version))));
    const loaded = await Promise.all(versions.map(() => restart().load(key)));
    await Promise.all(saves);
    for (const stored of [...loaded, await restart().load(key)] as ReturnType<typeof snapshot>[]) {
      const { version } = stored;
      expect(stored).toEqual(version === 1 ? snapshot(1) : snapshot(version, "x".repeat(1_000 * version)));
    }
    expect(await readdir(folder)).toEqual(["etcd.json"]);
  });
});

function fail(reason: string): never {
  throw new Error(reason);
}
