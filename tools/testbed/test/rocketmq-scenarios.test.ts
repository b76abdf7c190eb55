import { describe } from "vitest";
import { accessScenarios } from "../scenarios/rocketmq-access.js";
import { addressServerScenarios } from "../scenarios/rocketmq-address-server.js";
import { agreementScenarios, lostRouteScenarios, restartScenarios } from "../scenarios/rocketmq-agreement.js";
import { exitScenarios } from "../scenarios/rocketmq-exit.js";
import { frozenNameserverScenarios, removedNameserverScenarios } from "../scenarios/rocketmq-nameservers.js";
import { replacementScenarios } from "../scenarios/rocketmq-replacement.js";
import { hungBrokerScenarios, roleScenarios, sinkScenario } from "../scenarios/rocketmq-roles.js";
import { sharedRocketmq } from "../scenarios/rocketmq-scenario.js";
import { printer } from "./support/printer.js";
import { startSimulated } from "./support/start-rocketmq.js";

const print = printer("rocketmq simulator");

describe("[rocketmq simulator] scenarios", { timeout: 60_000 }, () => {
  describe("on one cluster", () => {
    const shared = sharedRocketmq(startSimulated);
    addressServerScenarios(shared);
    exitScenarios(shared);
    roleScenarios(shared);
    sinkScenario(shared);
    agreementScenarios(shared);
    removedNameserverScenarios(shared);
    frozenNameserverScenarios(shared, print);
    hungBrokerScenarios(shared);
    restartScenarios(shared);
    lostRouteScenarios(shared);
  });
  describe("on a cluster that knows its clients", () => {
    accessScenarios(sharedRocketmq(startSimulated, { nameservers: 2, brokers: 1, secure: true }));
  });
});

describe("[rocketmq simulator] replacement of everything", { timeout: 60_000 }, () => {
  replacementScenarios(startSimulated, { nameservers: 3, clientPollMs: 1_000, print });
});
