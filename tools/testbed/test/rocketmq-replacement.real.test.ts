import { describe } from "vitest";
import { replacementScenarios } from "../scenarios/rocketmq-replacement.js";
import { requireRocketmq } from "../src/index.js";
import { printer } from "./support/printer.js";
import { javaOf, startReal } from "./support/start-rocketmq.js";

const rocketmq = await requireRocketmq();

// Clients look at the routes ten times as often as by themselves, and Java is told to look up its nameservers.
describe.skipIf("reason" in rocketmq)("[rocketmq 5.5] replacement of everything", { timeout: 180_000 }, () => {
  const java = { javaProducer: javaOf(rocketmq), javaLookUpMs: 3_000 };
  replacementScenarios(startReal(rocketmq), { nameservers: 3, clientPollMs: 3_000, ...java, print: printer("rocketmq 5.5") });
});
