import { describe } from "vitest";
import { replacementScenarios } from "../scenarios/kafka-replacement.js";
import { requireKafka } from "../src/index.js";
import { printer } from "./support/printer.js";
import { startReal } from "./support/start-kafka.js";

const kafka = await requireKafka();

describe.skipIf("reason" in kafka)("[kafka 4.4] replacement of all brokers", { timeout: 120_000 }, () => {
  replacementScenarios(startReal(kafka), { outageMs: 4_000, consumers: true }, printer("kafka 4.4"));
});
