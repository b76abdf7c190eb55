import { describe } from "vitest";
import { accessScenarios } from "../scenarios/etcd-access.js";
import { availabilityScenarios, headlineScenario } from "../scenarios/etcd-availability.js";
import { exitScenarios } from "../scenarios/etcd-exit.js";
import { membershipScenarios } from "../scenarios/etcd-membership.js";
import { requireEtcd } from "../src/index.js";
import { printer } from "./support/printer.js";
import { startReal } from "./support/start-cluster.js";

const etcd = await requireEtcd("3.7.3");
const startCluster = startReal(etcd);

describe.skipIf("reason" in etcd)("[etcd 3.7.3] scenarios", { timeout: 180_000 }, () => {
  membershipScenarios(startCluster);
  accessScenarios(startCluster);
  exitScenarios(startCluster);
  headlineScenario(startCluster, printer("etcd 3.7.3"));
  availabilityScenarios(startCluster);
});
