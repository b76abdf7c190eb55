import { describe } from "vitest";
import { rocketmqScenarios } from "../scenarios/rocketmq-scenarios.js";
import { requireRocketmq } from "../src/index.js";
import { printer } from "./support/printer.js";
import { startReal } from "./support/start-rocketmq.js";

const rocketmq = await requireRocketmq();

describe.skipIf("reason" in rocketmq)("[rocketmq 5.5] scenarios", { timeout: 120_000 }, () => {
  rocketmqScenarios(startReal(rocketmq), { polls: 100, print: printer("rocketmq 5.5") });
});
