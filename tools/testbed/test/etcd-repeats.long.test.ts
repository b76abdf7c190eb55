import { describe } from "vitest";
import { availabilityScenarios, headlineScenario } from "../scenarios/etcd-availability.js";
import { requireEtcd } from "../src/index.js";
import { printer } from "./support/printer.js";
import { startReal, startSimulated } from "./support/start-cluster.js";

const TIMES = 5;
const etcd = await requireEtcd("3.7.3");

// What one run may miss: elections, ports and schedulers differ from run to run.
for (let time = 1; time <= TIMES; time += 1) {
  describe(`[etcd simulator] repeat ${time}`, { timeout: 180_000 }, () => {
    headlineScenario(startSimulated, printer(`etcd simulator, repeat ${time}`));
    availabilityScenarios(startSimulated);
  });
  describe.skipIf("reason" in etcd)(`[etcd 3.7.3] repeat ${time}`, { timeout: 180_000 }, () => {
    headlineScenario(startReal(etcd), printer(`etcd 3.7.3, repeat ${time}`));
    availabilityScenarios(startReal(etcd));
  });
}
