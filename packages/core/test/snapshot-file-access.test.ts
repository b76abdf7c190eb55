import { chmod, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fileSnapshotStore } from "../src/index.js";
import { snapshot, temporaryFolder } from "./support/disk.js";

// These change the process itself (its mask, its user, its folder), which a worker thread must not.

const key = "etcd:a.test:2379";

async function setup() {
  const folder = await temporaryFolder();
  const path = join(folder, "etcd.json");
  return { folder, path, store: fileSnapshotStore(path) };
}

describe("fileSnapshotStore", () => {
  it("lets nobody but the owner read it, even where there was a file that anybody could read", async () => {
    const { path, store } = await setup();
    const modeOf = async (): Promise<number> => (await stat(path)).mode & 0o777;
    const umask = process.umask(0);
    try {
      await store.save(key, snapshot(1));
      expect(await modeOf()).toBe(0o600);
      await chmod(path, 0o666);
      await store.save(key, snapshot(2));
      expect(await modeOf()).toBe(0o600);
    } finally {
      process.umask(umask);
    }
  });

  it("stays at the file it was given when the process goes to another folder", async () => {
    const { folder, path } = await setup();
    const before = process.cwd();
    process.chdir(folder);
    try {
      const store = fileSnapshotStore("etcd.json");
      process.chdir(before);
      await store.save(key, snapshot(1));
    } finally {
      process.chdir(before);
    }
    expect(await fileSnapshotStore(path).load(key)).toEqual(snapshot(1));
  });

  it("that nobody lets us read: says so", async () => {
    const { path, store } = await setup();
    await store.save(key, snapshot(1));
    await chmod(path, 0);
    const isRoot = process.geteuid?.() === 0; // who may read everything, and so becomes somebody else for a moment
    if (isRoot) process.seteuid?.(65_534);
    try {
      await expect(store.load(key)).rejects.toThrow(`cannot read ${path}: EACCES`);
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });
});
