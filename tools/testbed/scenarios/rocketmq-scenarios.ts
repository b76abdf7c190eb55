import { describe } from "vitest";
import { accessScenarios } from "./rocketmq-access.js";
import { addressServerScenarios } from "./rocketmq-address-server.js";
import { agreementScenarios, lostRouteScenarios, restartScenarios } from "./rocketmq-agreement.js";
import { exitScenarios } from "./rocketmq-exit.js";
import { type FrozenPlan, frozenNameserverScenarios, removedNameserverScenarios } from "./rocketmq-nameservers.js";
import { hungBrokerScenarios, roleScenarios, sinkScenario } from "./rocketmq-roles.js";
import type { StartRocketmq } from "./rocketmq-scenario.js";
import { shared } from "./scenario.js";

/** All that can share a cluster, on two of them. */
export function rocketmqScenarios(startRocketmq: StartRocketmq, plan: FrozenPlan): void {
  describe("on one cluster", () => {
    const cluster = shared(startRocketmq);
    addressServerScenarios(cluster);
    exitScenarios(cluster);
    roleScenarios(cluster);
    sinkScenario(cluster);
    agreementScenarios(cluster);
    removedNameserverScenarios(cluster);
    frozenNameserverScenarios(cluster, plan);
    hungBrokerScenarios(cluster);
    restartScenarios(cluster);
    lostRouteScenarios(cluster);
  });
  describe("on a cluster that knows its clients", () => {
    accessScenarios(shared(() => startRocketmq({ nameservers: 2, brokers: 1, secure: true })));
  });
}
