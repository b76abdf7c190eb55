import { describe } from "vitest";
import { accessScenarios } from "../scenarios/kafka-access.js";
import { costScenarios } from "../scenarios/kafka-cost.js";
import { exitScenarios } from "../scenarios/kafka-exit.js";
import { identityScenario } from "../scenarios/kafka-identity.js";
import { membershipScenarios, registrationScenarios } from "../scenarios/kafka-membership.js";
import { moveScenario } from "../scenarios/kafka-moves.js";
import { partitionScenarios } from "../scenarios/kafka-partitions.js";
import { sharedKafka } from "../scenarios/kafka-scenario.js";
import { frozenScenarios, frozenViewScenario } from "../scenarios/kafka-serving.js";
import { requireKafka } from "../src/index.js";
import { printer } from "./support/printer.js";
import { startReal } from "./support/start-kafka.js";

const kafka = await requireKafka();
const startKafka = startReal(kafka);

describe.skipIf("reason" in kafka)("[kafka 4.4] scenarios", { timeout: 120_000 }, () => {
  describe("on brokers of one process", () => {
    const shared = sharedKafka(startKafka, { orderly: true });
    partitionScenarios(shared);
    exitScenarios(shared);
    membershipScenarios(shared);
    costScenarios(shared);
  });
  describe("on one cluster", () => {
    const shared = sharedKafka(startKafka);
    registrationScenarios(shared);
    frozenScenarios(shared);
  });
  describe("on a cluster that knows its clients", () => {
    accessScenarios(sharedKafka(startKafka, { secure: true, orderly: true }));
  });
  moveScenario(startKafka, printer("kafka 4.4"));
  identityScenario(startKafka);
  frozenViewScenario(startKafka, 2_500);
});
