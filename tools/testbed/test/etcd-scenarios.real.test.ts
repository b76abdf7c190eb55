import { describe } from "vitest";
import { availabilityScenarios } from "../scenarios/etcd-availability.js";
import { exitScenarios } from "../scenarios/etcd-exit.js";
import { membershipScenarios } from "../scenarios/etcd-membership.js";
import type { StartCluster } from "../scenarios/scenario.js";
import { requireEtcd, startRealEtcd } from "../src/index.js";

for (const version of ["3.7.3", "3.4"] as const) {
  const etcd = await requireEtcd(version);
  const missing = "reason" in etcd;

  describe.skipIf(missing)(`[etcd ${version}] scenarios`, { timeout: 180_000 }, () => {
    const startCluster: StartCluster = async ({ timers }) => {
      if ("reason" in etcd) throw new Error(etcd.reason);
      // Availability is measured without the proxies between peers: they would run in this busy process.
      return startRealEtcd({ ...etcd, timers, isolatable: timers === "fast" });
    };
    membershipScenarios(startCluster);
    exitScenarios(startCluster);
    availabilityScenarios(startCluster);
  });
}
