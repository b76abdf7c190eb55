import { describe } from "vitest";
import { accessScenarios } from "../scenarios/kafka-access.js";
import { costScenarios } from "../scenarios/kafka-cost.js";
import { exitScenarios } from "../scenarios/kafka-exit.js";
import { identityScenario } from "../scenarios/kafka-identity.js";
import { membershipScenarios, registrationScenarios } from "../scenarios/kafka-membership.js";
import { moveScenario } from "../scenarios/kafka-moves.js";
import { partitionScenarios } from "../scenarios/kafka-partitions.js";
import { replacementScenarios } from "../scenarios/kafka-replacement.js";
import { sharedKafka } from "../scenarios/kafka-scenario.js";
import { frozenScenarios, frozenViewScenario } from "../scenarios/kafka-serving.js";
import { printer } from "./support/printer.js";
import { startSimulated } from "./support/start-kafka.js";

describe("[kafka simulator] scenarios", { timeout: 60_000 }, () => {
  describe("on one cluster", () => {
    const shared = sharedKafka(startSimulated);
    partitionScenarios(shared);
    exitScenarios(shared);
    membershipScenarios(shared);
    registrationScenarios(shared);
    frozenScenarios(shared);
    costScenarios(shared);
  });
  describe("on a cluster that knows its clients", () => {
    accessScenarios(sharedKafka(startSimulated, { secure: true, orderly: true }));
  });
  moveScenario(startSimulated, printer("kafka simulator"));
  identityScenario(startSimulated);
  frozenViewScenario(startSimulated, 500);
});

describe("[kafka simulator] replacement of all brokers", { timeout: 60_000 }, () => {
  replacementScenarios(startSimulated, { outageMs: 1_000, consumers: false }, printer("kafka simulator"));
});
