import { fileURLToPath } from "node:url";
import type { KafkaTestCluster } from "@rollcall/kafka/simulator";
import { beforeAll, expect, it } from "vitest";
import { bundled, runProgram } from "./child-program.js";
import { addresses } from "./kafka-scenario.js";

const ENTRY = fileURLToPath(new URL("kafka-exit-program.ts", import.meta.url));
const TOPIC = "exit";

/** What is left of a process that used Rollcall. */
export function exitScenarios(shared: () => KafkaTestCluster): void {
  let program = "";

  beforeAll(async () => {
    program = await bundled(ENTRY);
    await shared().createTopics([{ topic: TOPIC }]);
  });

  for (const [what, title, withinMs] of [
    ["create", "13, row 18: a process that only created a poller exits at once", 1_000],
    ["close", "13, row 18: after close the process exits by itself and no socket is left", 1_000],
    ["leave", "13, row 18: a process that forgot to close exits by itself as well", 3_000],
  ] as const) {
    it(title, async () => {
      const cluster = shared();
      const { stdout, stderr, lingeredMs } = await runProgram(program, what, TOPIC, ...addresses(cluster));
      expect(stdout).toBe(what === "create" ? "created\n" : `${cluster.brokers.length} brokers, 0 sockets\n`);
      expect(stderr).toBe("");
      expect(lingeredMs).toBeLessThan(withinMs);
    });
  }
}
