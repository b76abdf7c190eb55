import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requireEtcd } from "../src/require-server.js";
import { until } from "../src/until.js";
import { startWatchdog, type Watchdog } from "../src/watchdog.js";

const etcd = await requireEtcd("3.7.3");

const root = fileURLToPath(new URL("../", import.meta.url));

describe.skipIf("reason" in etcd)("[etcd 3.7.3] testbed: the watchdog", () => {
  let compiled = "";
  let cleaner: Watchdog | undefined;
  beforeAll(async () => {
    // Beside `src`, so that what the sources find by a relative path is found from there too.
    compiled = await mkdtemp(`${root}temp-`);
    cleaner = startWatchdog(compiled);
    const sources = readdirSync(`${root}src`, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
    await build({ entryPoints: sources.map((name) => `${root}src/${name}`), outdir: compiled, format: "esm", logLevel: "error" });
    // The packages of ours that they import, from their sources: nothing needs to have been built.
    const options: BuildOptions = { bundle: true, platform: "node", format: "esm", conditions: ["@rollcall/source"], logLevel: "error" };
    for (const [name, entry] of Object.entries({ testkit: "index", rocketmq: "simulator/index" })) {
      const made = `${compiled}/node_modules/@rollcall/${name}`;
      await build({ ...options, entryPoints: [`${root}../../packages/${name}/src/${entry}.ts`], outfile: `${made}/${entry}.js` });
      const exports = { ".": "./index.js", "./simulator": "./simulator/index.js" };
      await writeFile(`${made}/package.json`, JSON.stringify({ type: "module", exports }));
    }
  });
  afterAll(() => cleaner?.[Symbol.asyncDispose]());

  test("disposing a watchdog ends what it guards and removes the directory", async () => {
    const directory = await mkdtemp(`${root}temp-`);
    const sleeper = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    const ended = once(sleeper, "exit");
    const watchdog = startWatchdog(directory);
    watchdog.guard(sleeper.pid ?? 0);
    await watchdog[Symbol.asyncDispose]();
    expect(await ended).toEqual([null, "SIGKILL"]);
    expect(existsSync(directory)).toBe(false);
  });

  test.each(["SIGKILL", "SIGTERM", "SIGINT"] as const)(
    "two seconds after its owner ended by %s a cluster has neither processes nor files",
    async (signal) => {
      const script = `
      import { startRealEtcd } from ${JSON.stringify(`${compiled}/index.js`)};
      const cluster = await startRealEtcd({ ...${JSON.stringify(etcd)}, timers: "fast" });
      await cluster.freeze(cluster.members[1]);
      console.log(cluster.directory);`;
      const owner = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
      const [directory] = (await once(createInterface({ input: owner.stdout }), "line")) as [string];
      const members = processesIn(directory);
      expect(members).toHaveLength(3);
      owner.kill(signal);
      await until(async () => expect([processesIn(directory), existsSync(directory)]).toEqual([[], false]), {
        what: "everything is gone",
        timeoutMs: 2_000,
      });
    },
    20_000,
  );
});

/** The ids of the processes that were started with this data directory. */
function processesIn(directory: string): string[] {
  return readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && commandLine(pid).includes(`--data-dir=${directory}/`));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1");
  } catch {
    return "";
  }
}
