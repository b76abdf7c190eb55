import { fileURLToPath } from "node:url";
import type { RocketmqTestCluster } from "@rollcall/rocketmq/simulator";
import { beforeAll, expect, it } from "vitest";
import { bundled, runProgram } from "./child-program.js";

const ENTRY = fileURLToPath(new URL("rocketmq-exit-program.ts", import.meta.url));
const TOPIC = "exit";

/** What is left of a process that used Rollcall. Leaves a topic behind. */
export function exitScenarios(shared: () => RocketmqTestCluster): void {
  let program = "";

  beforeAll(async () => {
    program = await bundled(ENTRY);
    await shared().createTopic(TOPIC);
  });

  for (const [what, title, withinMs] of [
    ["create", "9, row 24: a process that only created pollers exits at once", 1_000],
    ["close", "9, row 24: after close the process exits by itself and no socket is left", 1_000],
    ["leave", "9, row 24: a process that forgot to close exits by itself as well", 3_000],
  ] as const) {
    it(title, async () => {
      const { addressServer, brokers } = shared();
      const nameservers = addressServer.addresses.length;
      const { stdout, stderr, lingeredMs } = await runProgram(program, what, TOPIC, addressServer.url);
      const expected = `${nameservers},${brokers.length},${brokers.length} and ${nameservers}, 0 sockets\n`;
      expect(stdout).toBe(what === "create" ? "created\n" : expected);
      expect(stderr).toBe("");
      expect(lingeredMs).toBeLessThan(withinMs);
    });
  }
}
