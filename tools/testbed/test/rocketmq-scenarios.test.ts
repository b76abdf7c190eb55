import { describe } from "vitest";
import { replacementScenarios } from "../scenarios/rocketmq-replacement.js";
import { rocketmqScenarios } from "../scenarios/rocketmq-scenarios.js";
import { printer } from "./support/printer.js";
import { startSimulated } from "./support/start-rocketmq.js";

const print = printer("rocketmq simulator");

describe("[rocketmq simulator] scenarios", { timeout: 60_000 }, () => {
  rocketmqScenarios(startSimulated, { polls: 40, hedgeAfterMs: 100, print });
});

describe("[rocketmq simulator] replacement of everything", { timeout: 60_000 }, () => {
  replacementScenarios(startSimulated, { nameservers: 3, clientPollMs: 1_000, print });
});
