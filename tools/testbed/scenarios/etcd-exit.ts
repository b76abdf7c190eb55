import { execFile } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { beforeAll, expect, it } from "vitest";
import { clusterFor, type StartCluster, urls } from "./scenario.js";

const ENTRY = fileURLToPath(new URL("exit-program.ts", import.meta.url));
const PROTO = fileURLToPath(new URL("../../../packages/etcd/proto/rpc.proto", import.meta.url));

/** What is left of a process that used Rollcall. */
export function exitScenarios(startCluster: StartCluster): void {
  let program: string | undefined;

  beforeAll(async () => {
    program = await bundle(ENTRY);
  });

  for (const [what, title, output, withinMs] of [
    ["create", "8. a process that only created a poller exits at once", "created\n", 1_000],
    ["close", "8. after close the process exits by itself and no socket is left", "3 members, 0 sockets\n", 1_000],
    ["leave", "8. a process that forgot to close exits by itself as well", /^3 members, \d+ sockets\n$/, 3_000],
  ] as const) {
    it(title, async (test) => {
      const cluster = await clusterFor(test, startCluster, { timers: "fast" });
      const running = promisify(execFile)(process.execPath, ["-", what, PROTO, ...urls(cluster)], { timeout: 10_000 });
      running.child.stdin?.end(program);
      // It says that it is done, and then has nothing left to do.
      const saidAt = once(running.child.stdout ?? fail(), "data").then(() => performance.now());
      const { stdout, stderr } = await running;
      expect(performance.now() - (await saidAt)).toBeLessThan(withinMs);
      expect(stderr).toBe("");
      expect(stdout).toEqual(typeof output === "string" ? output : expect.stringMatching(output));
    });
  }
}

function fail(): never {
  throw new Error("the child has no output");
}

/** One plain JavaScript text, for a child that is not told to run on the sources. It goes through a pipe, so no file is left. */
async function bundle(entry: string): Promise<string | undefined> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    write: false,
    bundle: true,
    platform: "node",
    format: "cjs",
    conditions: ["@rollcall/source"],
    define: { "import.meta.url": "'file:///'" },
    logLevel: "error",
  });
  return outputFiles[0]?.text;
}
