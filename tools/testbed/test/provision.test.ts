import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { cacheDirectory, cacheKey, fillCache } from "../src/cache.js";
import { findKafka, provisionKafka } from "../src/kafka/provision.js";
import { requireServer } from "../src/require-server.js";
import { run } from "../src/run.js";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "rollcall-provision-"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

test("the cache key changes with every file it is made of and with the platform, and with nothing else", async () => {
  const files = ["pom.xml", "Launcher.java"];
  for (const file of files) await writeFile(join(directory, file), file);
  const keys = [await cacheKey(directory, files), await cacheKey(directory, files, "plan9/mips")];
  for (const file of files) {
    await writeFile(join(directory, file), `${file} changed`);
    keys.push(await cacheKey(directory, files));
  }
  expect(new Set(keys).size).toBe(4);
  await writeFile(join(directory, "Launcher.class"), "an output");
  expect(await cacheKey(directory, files)).toBe(keys.at(-1));
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

test("a program that is not installed, or fails, is named with the reason in one line", async () => {
  await expect(run("rollcall-no-such-program", ["build"])).rejects.toThrow(/^rollcall-no-such-program build: not installed$/);
  await expect(run("sh", ["-c", "echo first; echo last; exit 1"])).rejects.toThrow(/^sh -c: first$/);
  await expect(run("sh", ["-c", "echo out; echo first >&2; echo last >&2; exit 1"])).rejects.toThrow(/^sh -c: last$/);
});

test("a Kafka that is not in the cache is not found, with or without Java", async () => {
  vi.stubEnv("XDG_CACHE_HOME", directory);
  expect(await findKafka()).toBeUndefined();
  vi.stubEnv("PATH", directory);
  expect(await findKafka()).toBeUndefined();
  await expect(provisionKafka()).rejects.toThrow(/^java --version: not installed$/);
});

test("a missing server is one printed line, but an error where CI=true", async () => {
  const lines: string[] = [];
  const options = { print: (line: string) => lines.push(line) };
  const find = async () => undefined;
  expect(await requireServer("etcd 3.7.3", find, { ...options, ci: false })).toEqual({
    reason: expect.stringContaining("not in the cache"),
  });
  expect(lines).toEqual([expect.stringMatching(/^skipped: etcd 3\.7\.3 .*provision etcd/)]);
  await expect(requireServer("kafka 4.4", find, { ...options, ci: true })).rejects.toThrow(
    /^kafka 4\.4 is not in the cache: .*provision kafka`$/,
  );
});
