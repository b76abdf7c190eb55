import { describe } from "vitest";
import { replacementScenarios } from "../scenarios/kafka-replacement.js";
import { requireKafka } from "../src/index.js";
import { printer } from "./support/printer.js";
import { startReal, startSimulated } from "./support/start-kafka.js";

const TIMES = 3;
const kafka = await requireKafka();

// What one run may miss: who leads, who coordinates the groups, and who is asked differ from run to run.
for (let time = 1; time <= TIMES; time += 1) {
  describe(`[kafka simulator] repeat ${time}`, { timeout: 60_000 }, () => {
    const replacement = { outageMs: 1_000, consumers: false };
    replacementScenarios(startSimulated, replacement, printer(`kafka simulator, repeat ${time}`));
  });
  describe.skipIf("reason" in kafka)(`[kafka 4.4] repeat ${time}`, { timeout: 120_000 }, () => {
    const replacement = { outageMs: 4_000, consumers: true };
    replacementScenarios(startReal(kafka), replacement, printer(`kafka 4.4, repeat ${time}`));
  });
}
