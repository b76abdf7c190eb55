import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { cacheDirectory, cacheKey, fillCache } from "../src/cache.js";
import { provisionEtcd } from "../src/etcd/provision.js";
import { findKafka, provisionKafka } from "../src/kafka/provision.js";
import { provisionsFor } from "../src/provisions.js";
import { requireServer } from "../src/require-server.js";
import { findRocketmq, provisionRocketmq } from "../src/rocketmq/provision.js";
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

test("what a killed process left is removed by the next one that fills an entry, what a living one is filling is not", async () => {
  const left = (temporary: string, pid: number | undefined) => temporary.replace(`-${process.pid}-`, `-${pid}-`);
  const ended = spawnSync("true").pid;
  await fillCache(join(directory, "entry"), async (temporary) => {
    await mkdir(left(temporary, ended));
    await writeFile(join(left(temporary, ended), "half"), "");
    await mkdir(left(temporary, process.ppid));
    await fillCache(join(directory, "other"), async () => undefined);
    expect((await readdir(directory)).sort()).toEqual([basename(temporary), basename(left(temporary, process.ppid)), "other"].sort());
  });
});

test("a program that is not installed, fails, or does not end is named with the reason in one line", async () => {
  await expect(run("rollcall-no-such-program", ["build"])).rejects.toThrow(/^rollcall-no-such-program build: not installed$/);
  await expect(run("sh", ["-c", "echo first; echo last; exit 1"])).rejects.toThrow(/^sh -c: first$/);
  await expect(run("sh", ["-c", "echo out; echo first >&2; echo last >&2; exit 1"])).rejects.toThrow(/^sh -c: last$/);
  await expect(run("sh", ["-c", "echo begun; exec sleep 60"], { timeoutMs: 20 })).rejects.toThrow(/^sh -c: not finished after 0.02 s$/);
});

test("an etcd that has to be built says which Go it needs where there is none, or one that is too old", async () => {
  vi.stubEnv("XDG_CACHE_HOME", join(directory, "cache"));
  vi.stubEnv("PATH", directory);
  await expect(provisionEtcd("3.6.16")).rejects.toThrow(/^etcd 3.6.16 needs Go 1.26 or newer: go version: not installed$/);
  await writeFile(join(directory, "go"), "#!/bin/sh\necho 'go: go.mod requires go >= 1.26.0 (running go 1.21.0)' >&2; exit 1\n", {
    mode: 0o755,
  });
  await expect(provisionEtcd("3.6.16")).rejects.toThrow(
    /^etcd 3.6.16 needs Go 1.26 or newer: go version: go: go.mod requires go >= 1.26.0/,
  );
  expect(await readdir(directory)).toEqual(["go"]);
});

test("a Kafka that is not in the cache is not found, with or without Java", async () => {
  vi.stubEnv("XDG_CACHE_HOME", directory);
  expect(await findKafka()).toBeUndefined();
  vi.stubEnv("PATH", directory);
  expect(await findKafka()).toBeUndefined();
  await expect(provisionKafka()).rejects.toThrow(/^Kafka 4.4.0 needs Java 17 or newer: java --version: not installed$/);
});

test("a Java that is too old is named before anything else is done", async () => {
  vi.stubEnv("XDG_CACHE_HOME", join(directory, "cache"));
  vi.stubEnv("PATH", `${directory}${delimiter}${process.env["PATH"]}`);
  const java = (script: string) => writeFile(join(directory, "java"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  await java("echo openjdk 11.0.2 2019-01-15");
  await expect(provisionKafka()).rejects.toThrow(/^Kafka 4.4.0 needs Java 17 or newer, this java is 11$/);
  await java("echo 'Unrecognized option: --version' >&2; exit 1"); // version 8
  await expect(provisionKafka()).rejects.toThrow(/^Kafka 4.4.0 needs Java 17 or newer: java --version: Unrecognized option: --version$/);
  expect(await readdir(directory)).toEqual(["java"]);
});

test("a Kafka is found with its jars and its class-data archive, not with one of them, nor in a cache that was moved", async () => {
  const found = async () => (await findKafka())?.jvm;
  const cache = (name: string) => vi.stubEnv("XDG_CACHE_HOME", join(directory, name));
  await writeFile(join(directory, "java"), "#!/bin/sh\necho openjdk 17.0.2 2022-01-18\n", { mode: 0o755 });
  vi.stubEnv("PATH", `${directory}${delimiter}${process.env["PATH"]}`);
  // No provisioning here: Maven is the first program that it needs, and tells where it would have put the jars.
  await writeFile(join(directory, "javac"), "#!/bin/sh\necho javac 17.0.2\n", { mode: 0o755 });
  await writeFile(join(directory, "mvn"), '#!/bin/sh\necho "$6" | cut -d= -f2 >&2; exit 1\n', { mode: 0o755 });
  cache("one");
  const place = await provisionKafka().then(
    () => "",
    ({ message }: Error) => message.replace(/^mvn -q: /, "").replace(/\.tmp-.*$/, ""),
  );
  expect(place).toContain(join(directory, "one", "rollcall", "kafka"));
  await mkdir(place);
  await writeFile(join(place, "a.jar"), "");
  expect(await found()).toBeUndefined();
  await mkdir(join(place, "archive"));
  await writeFile(join(place, "archive", "kafka.jsa"), "");
  expect(await found()).toEqual([`-XX:SharedArchiveFile=${join(place, "archive", "kafka.jsa")}`, "-cp", join(place, "a.jar")]);
  await rename(join(directory, "one"), join(directory, "two"));
  expect(await found()).toBeUndefined();
  cache("two");
  expect(await found()).toBeUndefined();
});

test("a RocketMQ is found once its jars are in the cache and there is a Java for it", async () => {
  vi.stubEnv("XDG_CACHE_HOME", directory);
  expect(await findRocketmq()).toBeUndefined();
  const path = process.env["PATH"];
  vi.stubEnv("PATH", directory);
  await expect(provisionRocketmq()).rejects.toThrow(/^RocketMQ 5.5.0 needs Java 17 or newer: java --version: not installed$/);
  vi.stubEnv("PATH", `${directory}${delimiter}${path}`);
  await writeFile(join(directory, "java"), "#!/bin/sh\necho openjdk 17.0.2 2022-01-18\n", { mode: 0o755 });
  await writeFile(join(directory, "javac"), "#!/bin/sh\necho javac 11.0.2\n", { mode: 0o755 });
  await expect(provisionRocketmq()).rejects.toThrow(/^RocketMQ 5.5.0 needs Java 17 or newer, this javac is 11$/);
  await writeFile(join(directory, "javac"), "#!/bin/sh\necho javac 17.0.2\n", { mode: 0o755 });
  // What Maven is told last but one is where to put them.
  await writeFile(
    join(directory, "mvn"),
    '#!/bin/sh\nplace=$(echo "$6" | cut -d= -f2)\ntouch "$place/b.jar" "$place/a.jar" "$place/a.txt"\n',
    {
      mode: 0o755,
    },
  );
  const provisioned = await provisionRocketmq();
  expect(provisioned.jvm).toEqual(["-cp", ["a.jar", "b.jar"].map((name) => join(provisioned.directory, name)).join(delimiter)]);
  expect(await findRocketmq()).toEqual(provisioned);
  await writeFile(join(directory, "mvn"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  expect(await provisionRocketmq()).toEqual(provisioned);
  await writeFile(join(directory, "java"), "#!/bin/sh\necho openjdk 11.0.2 2019-01-15\n", { mode: 0o755 });
  expect(await findRocketmq()).toBeUndefined();
});

test("what is provisioned is named by system, by version, or not at all; etcd 3.5 and 3.6 by version only", () => {
  const servers = (...wanted: readonly string[]) => provisionsFor(wanted).map(({ server }) => server);
  expect(servers()).toEqual(["etcd 3.4", "etcd 3.7.3", "kafka 4.4", "nats 2.15", "rocketmq 5.5"]);
  expect(servers("etcd")).toEqual(["etcd 3.4", "etcd 3.7.3"]);
  expect(servers("etcd 3.6", "etcd 3.5.35", "kafka")).toEqual(["etcd 3.6.16", "etcd 3.5.35", "kafka 4.4"]);
  expect(servers("etcd", "etcd 3.7")).toEqual(["etcd 3.4", "etcd 3.7.3"]);
  for (const wrong of ["zookeeper", "etcd 3.6.1", ""]) expect(() => servers(wrong)).toThrow(`unknown server "${wrong}"; known: `);
});

test("a missing server is one printed line, but an error where CI=true", async () => {
  const lines: string[] = [];
  const options = { print: (line: string) => lines.push(line) };
  const find = async () => undefined;
  expect(await requireServer("etcd 3.7.3", find, { ...options, ci: false })).toEqual({
    reason: expect.stringContaining("not in the cache"),
  });
  expect(lines).toEqual([expect.stringMatching(/^skipped: etcd 3\.7\.3 .*provision "etcd 3\.7\.3"/)]);
  await expect(requireServer("kafka 4.4", find, { ...options, ci: true })).rejects.toThrow(
    /^kafka 4\.4 is not in the cache: .*provision "kafka 4\.4"`$/,
  );
});
