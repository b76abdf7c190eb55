import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { cacheDirectory, fillCache } from "../src/cache.js";
import { buildKey } from "../src/etcd/build-etcd.js";
import { requireEtcd } from "../src/require-etcd.js";
import { run } from "../src/run.js";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "rollcall-provision-"));
});
afterEach(() => rm(directory, { recursive: true }));

test("the cache key changes with every file that is built and with the platform, and with nothing else", async () => {
  for (const file of ["go.mod", "go.sum", "main.go"]) await writeFile(join(directory, file), file);
  const keys = [await buildKey(directory), await buildKey(directory, "plan9/mips")];
  for (const file of ["go.mod", "go.sum", "main.go"]) {
    await writeFile(join(directory, file), `${file} changed`);
    keys.push(await buildKey(directory));
  }
  expect(new Set(keys).size).toBe(5);
  await writeFile(join(directory, "etcd"), "an output");
  expect(await buildKey(directory)).toBe(keys.at(-1));
});

test("the cache follows XDG_CACHE_HOME and lies in the home directory without it", () => {
  expect(cacheDirectory({ XDG_CACHE_HOME: "/x" })).toBe("/x/rollcall");
  expect(cacheDirectory({})).toMatch(/\.cache.rollcall$/);
});

test("of two that fill the same entry at once one wins, and nothing temporary is left", async () => {
  const entry = join(directory, "entry");
  const fill = (content: string) => fillCache(entry, (temporary) => writeFile(join(temporary, "file"), content));
  await Promise.all([fill("one"), fill("two")]);
  expect(["one", "two"]).toContain(await readFile(join(entry, "file"), "utf8"));
  expect(await readdir(directory)).toEqual(["entry"]);
});

test("an entry whose filling fails does not appear", async () => {
  await expect(fillCache(join(directory, "entry"), () => Promise.reject(new Error("no compiler")))).rejects.toThrow("no compiler");
  expect(await readdir(directory)).toEqual([]);
});

test("a program that is not installed is named in one line", async () => {
  await expect(run("rollcall-no-such-program", ["build"])).rejects.toThrow(/^rollcall-no-such-program build: not installed$/);
});

test("a missing server is one printed line, but an error where CI=true", async () => {
  const lines: string[] = [];
  const options = { find: async () => undefined, print: (line: string) => lines.push(line) };
  expect(await requireEtcd("3.7.3", { ...options, ci: false })).toEqual({ reason: expect.stringContaining("not in the cache") });
  expect(lines).toEqual([expect.stringMatching(/^skipped: etcd 3\.7\.3 .*provision etcd/)]);
  await expect(requireEtcd("3.7.3", { ...options, ci: true })).rejects.toThrow("not in the cache");
});
