import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fileSnapshotStore } from "../src/index.js";
import { snapshot, temporaryFolder } from "./support/disk.js";
import { ManualClock } from "./support/manual-clock.js";

const key = "etcd:a.test:2379";

/** A store on a manual clock in a folder of its own. */
async function setup(options: { readonly maxAgeMs?: number } = {}) {
  const folder = await temporaryFolder();
  const path = join(folder, "etcd.json");
  const clock = new ManualClock();
  return { folder, path, clock, store: fileSnapshotStore(path, { clock, ...options }) };
}

describe("fileSnapshotStore", () => {
  it("gives back what was saved last, as data, to this and to any later store", async () => {
    const { path, store } = await setup();
    await store.save(key, snapshot(1));
    await store.save(key, snapshot(2));
    expect(await store.load(key)).toEqual(snapshot(2));
    expect(await fileSnapshotStore(path).load(key)).toEqual(snapshot(2));
  });

  it("gives nothing while there is no file, or no folder", async () => {
    const { folder, store } = await setup();
    expect(await store.load(key)).toBeUndefined();
    expect(await fileSnapshotStore(join(folder, "none", "etcd.json")).load(key)).toBeUndefined();
  });

  it("writes lines that a person can read: the format, the key, when it was saved, and the snapshot", async () => {
    const { path, clock, store } = await setup();
    await store.save(key, snapshot(7));
    const text = await readFile(path, "utf8");
    const saved = { format: "rollcall-snapshot/1", key, savedAt: clock.wallNow(), snapshot: snapshot(7) };
    expect(text).toBe(`${JSON.stringify(saved, null, 2)}\n`);
  });

  it("leaves nothing but the file", async () => {
    const { folder, store } = await setup();
    for (let version = 1; version <= 3; version += 1) await store.save(key, snapshot(version));
    expect(await readdir(folder)).toEqual(["etcd.json"]);
  });

  it("loads what a person has edited", async () => {
    const { path, store } = await setup();
    await store.save(key, snapshot(1, { addresses: ["10.0.0.1:1"] }));
    await writeFile(path, (await readFile(path, "utf8")).replace("10.0.0.1", "10.0.0.99"));
    expect(await store.load(key)).toEqual(snapshot(1, { addresses: ["10.0.0.99:1"] }));
  });
});

describe("a file that cannot be used", () => {
  it("is noticed at whichever byte it was cut", async () => {
    const { path, store } = await setup();
    await store.save(key, snapshot(1));
    const whole = await readFile(path);
    for (let bytes = 0; bytes < whole.length - 1; bytes += 1) {
      await writeFile(path, whole.subarray(0, bytes));
      await expect(store.load(key), `${bytes} bytes`).rejects.toThrow(`${path} is damaged or cut short: it is no JSON`);
    }
    await writeFile(path, whole.subarray(0, -1)); // only the last line break is missing
    expect(await store.load(key)).toEqual(snapshot(1));
  });

  const valid = { format: "rollcall-snapshot/1", key, savedAt: 1, snapshot: snapshot(1) };
  it.each([
    ["text", "endpoints: a.test", "is damaged or cut short: it is no JSON"],
    ["zeroes, as some file systems leave them", "\0".repeat(300), "is damaged or cut short: it is no JSON"],
    ["two snapshots", JSON.stringify(valid).repeat(2), "is damaged or cut short: it is no JSON"],
    ["null", "null", "is not of the format rollcall-snapshot/1"],
    ["a number", "42", "is not of the format rollcall-snapshot/1"],
    ["a list", "[]", "is not of the format rollcall-snapshot/1"],
    ["another program's file", '{"name":"x"}', "is not of the format rollcall-snapshot/1"],
    ["another format", JSON.stringify({ ...valid, format: "rollcall-snapshot/2" }), "is not of the format rollcall-snapshot/1"],
    ["another source", JSON.stringify({ ...valid, key: "kafka:b" }), `holds the snapshot of kafka:b, not of ${key}`],
    ["no source", JSON.stringify({ ...valid, key: undefined }), `holds the snapshot of undefined, not of ${key}`],
    ["no time", JSON.stringify({ ...valid, savedAt: "1" }), "is damaged: savedAt or the snapshot is missing"],
    ["no snapshot", JSON.stringify({ ...valid, snapshot: undefined }), "is damaged: savedAt or the snapshot is missing"],
  ])("%s: says so", async (_what, text, reason) => {
    const { path, store } = await setup();
    await writeFile(path, text);
    await expect(store.load(key)).rejects.toThrow(`${path} ${reason}`);
  });

  it("whatever bytes it holds, is refused with a reason that names it", async () => {
    const { path, store } = await setup();
    const property = fc.asyncProperty(fc.uint8Array({ maxLength: 40 }), async (bytes) => {
      await writeFile(path, bytes);
      await expect(store.load(key)).rejects.toThrow(path);
    });
    await fc.assert(property, { numRuns: 50 });
  });

  it("is too old from maxAgeMs on, by the wall clock; one from the future is not", async () => {
    const { path, clock, store } = await setup({ maxAgeMs: 60_000 });
    await store.save(key, snapshot(1));
    await clock.advance(60_000);
    expect(await store.load(key)).toEqual(snapshot(1));
    await clock.advance(1_000);
    await expect(store.load(key)).rejects.toThrow(`${path} is too old: saved 61 s ago, maxAgeMs is 60000`);
    clock.shiftWall(-3_600_000);
    expect(await store.load(key)).toEqual(snapshot(1));
  });

  it("is never too old by default", async () => {
    const { clock, store } = await setup();
    await store.save(key, snapshot(1));
    clock.shiftWall(1e12);
    expect(await store.load(key)).toEqual(snapshot(1));
  });

  it("a folder, or below a file: says so", async () => {
    const { folder, path } = await setup();
    await writeFile(path, "{}");
    await expect(fileSnapshotStore(folder).load(key)).rejects.toThrow(`cannot read ${folder}: EISDIR`);
    await expect(fileSnapshotStore(join(path, "x")).load(key)).rejects.toThrow(`cannot read ${join(path, "x")}: ENOTDIR`);
  });
});

describe("a save that fails", () => {
  it.each([
    ["a folder that is not there", "none/etcd.json", "ENOENT"],
    ["a folder in place of the file", "folder", "EISDIR"],
  ])("for %s: rejects with the reason and leaves nothing behind", async (_what, name, reason) => {
    const { folder } = await setup();
    await mkdir(join(folder, "folder"));
    await expect(fileSnapshotStore(join(folder, name)).save(key, snapshot(1))).rejects.toThrow(
      `cannot write ${join(folder, name)}: ${reason}`,
    );
    expect(await readdir(folder)).toEqual(["folder"]);
  });

  it("because the metadata is no JSON: rejects, never throws, and keeps the file", async () => {
    const { store } = await setup();
    await store.save(key, snapshot(1));
    const throwing = { toJSON: () => JSON.parse("no JSON") };
    const saves = [5n, throwing].map((metadata) => store.save(key, snapshot(2, metadata)));
    expect((await Promise.allSettled(saves)).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await store.load(key)).toEqual(snapshot(1));
  });
});

describe("options of fileSnapshotStore", () => {
  it.each([
    ["", {}, 'fileSnapshotStore path: got "", allowed is the path of a file'],
    [5, {}, "fileSnapshotStore path: got 5, allowed is the path of a file"],
    ["x", { maxAgeMs: -1 }, "fileSnapshotStore maxAgeMs: got -1, allowed is a number from 0 to Infinity"],
    ["x", { maxAgeMs: Number.NaN }, "fileSnapshotStore maxAgeMs: got NaN"],
    ["x", { maxAge: 1 }, 'fileSnapshotStore, option names: got "maxAge", allowed is one of maxAgeMs, clock'],
    ["x", { clock: {} }, "fileSnapshotStore clock: got {}, allowed is a Clock"],
    ["x", null, "the options of fileSnapshotStore: got null, allowed is an object"],
  ])("refuses %j with %j", (path, options, message) => {
    expect(() => fileSnapshotStore(path as string, options as object)).toThrow(`[core] [INVALID_OPTIONS] ${message}`);
  });
});
