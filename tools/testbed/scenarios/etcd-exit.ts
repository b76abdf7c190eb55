import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { type StartCluster, urls } from "./scenario.js";

const PROTO = fileURLToPath(new URL("../../../packages/etcd/proto/rpc.proto", import.meta.url));

/** What is left of a process that used Rollcall. */
export function exitScenarios(startCluster: StartCluster): void {
  let directory = "";
  let program = "";

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "rollcall-exit-"));
    program = join(directory, "program.cjs");
    const entry = fileURLToPath(new URL("exit-program.ts", import.meta.url));
    // A child runs plain JavaScript, the tests run on the sources.
    const options = { bundle: true, platform: "node", format: "cjs", conditions: ["@rollcall/source"], logLevel: "error" } as const;
    await build({ ...options, entryPoints: [entry], outfile: program, define: { "import.meta.url": "'file:///'" } });
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const run = promisify(execFile);

  for (const [what, title, output] of [
    ["create", "8. a process that only created a poller exits at once", ""],
    ["close", "8. after close the process exits by itself and no socket is left", "3 members, 0 sockets\n"],
    ["leave", "8. a process that forgot to close exits by itself as well", /^3 members, \d+ sockets\n$/],
  ] as const) {
    it(title, async () => {
      const cluster = await startCluster({ timers: "fast" });
      onTestFinished(() => cluster[Symbol.asyncDispose]());
      const { stdout, stderr } = await run(process.execPath, [program, what, PROTO, ...urls(cluster)], { timeout: 10_000 });
      expect(stderr).toBe("");
      expect(stdout).toEqual(typeof output === "string" ? output : expect.stringMatching(output));
    });
  }
}
