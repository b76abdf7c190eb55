import { describe } from "vitest";
import { replacementScenarios } from "../scenarios/rocketmq-replacement.js";
import { requireRocketmq } from "../src/index.js";
import { printer } from "./support/printer.js";
import { javaOf, startReal, startSimulated } from "./support/start-rocketmq.js";

const TIMES = 3;
const rocketmq = await requireRocketmq();

// The headline as it is: every client with its own timers.
describe.skipIf("reason" in rocketmq)("[rocketmq 5.5] replacement of everything at the clients' own pace", { timeout: 600_000 }, () => {
  const plan = { nameservers: 3, clientPollMs: 30_000, javaProducer: javaOf(rocketmq) };
  replacementScenarios(startReal(rocketmq), { ...plan, print: printer("rocketmq 5.5, own pace") });
});

// What one run may miss: whom a client asks differs from run to run.
for (let time = 1; time <= TIMES; time += 1) {
  describe(`[rocketmq simulator] repeat ${time}`, { timeout: 60_000 }, () => {
    replacementScenarios(startSimulated, { nameservers: 3, clientPollMs: 1_000, print: printer(`rocketmq simulator, repeat ${time}`) });
  });
}
