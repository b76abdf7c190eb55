import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";
import { bundled, runProgram } from "./child-program.js";
import { clusterFor, type StartCluster, urls } from "./etcd-scenario.js";

const ENTRY = fileURLToPath(new URL("exit-program.ts", import.meta.url));
const PROTO = fileURLToPath(new URL("../../../packages/etcd/proto/rpc.proto", import.meta.url));

/**
 * What is left of a process that used Rollcall.
 *
 * @param alias What the process takes in place of a package, by the package's name.
 */
export function exitScenarios(startCluster: StartCluster, alias: Readonly<Record<string, string>> = {}): void {
  let program = "";

  beforeAll(async () => {
    program = await bundled(ENTRY, alias);
  });

  for (const [what, title, output, withinMs] of [
    ["create", "8, row 2: a process that only created a poller exits at once", "created\n", 1_000],
    ["close", "8, row 25: after close the process exits by itself and no socket is left", "3 members, 0 sockets\n", 1_000],
    ["leave", "8, row 2: a process that forgot to close exits by itself as well", /^3 members, \d+ sockets\n$/, 3_000],
  ] as const) {
    it(title, async (test) => {
      const cluster = await clusterFor(test, startCluster, { timers: "fast" });
      const { stdout, stderr, lingeredMs } = await runProgram(program, what, PROTO, ...urls(cluster));
      expect(lingeredMs).toBeLessThan(withinMs);
      expect(stderr).toBe("");
      expect(stdout).toEqual(typeof output === "string" ? output : expect.stringMatching(output));
    });
  }
}
