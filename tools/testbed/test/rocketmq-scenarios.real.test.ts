import { describe } from "vitest";
import { accessScenarios } from "../scenarios/rocketmq-access.js";
import { addressServerScenarios } from "../scenarios/rocketmq-address-server.js";
import { agreementScenarios, lostRouteScenarios, restartScenarios } from "../scenarios/rocketmq-agreement.js";
import { exitScenarios } from "../scenarios/rocketmq-exit.js";
import { frozenNameserverScenarios, removedNameserverScenarios } from "../scenarios/rocketmq-nameservers.js";
import { hungBrokerScenarios, roleScenarios, sinkScenario } from "../scenarios/rocketmq-roles.js";
import { sharedRocketmq } from "../scenarios/rocketmq-scenario.js";
import { requireRocketmq } from "../src/index.js";
import { printer } from "./support/printer.js";
import { startReal } from "./support/start-rocketmq.js";

const rocketmq = await requireRocketmq();
const startRocketmq = startReal(rocketmq);

describe.skipIf("reason" in rocketmq)("[rocketmq 5.5] scenarios", { timeout: 120_000 }, () => {
  describe("on one cluster", () => {
    const shared = sharedRocketmq(startRocketmq);
    addressServerScenarios(shared);
    exitScenarios(shared);
    roleScenarios(shared);
    sinkScenario(shared);
    agreementScenarios(shared);
    removedNameserverScenarios(shared);
    frozenNameserverScenarios(shared, printer("rocketmq 5.5"));
    hungBrokerScenarios(shared);
    restartScenarios(shared);
    lostRouteScenarios(shared);
  });
  describe("on a cluster that knows its clients", () => {
    accessScenarios(sharedRocketmq(startRocketmq, { nameservers: 2, brokers: 1, secure: true }));
  });
});
