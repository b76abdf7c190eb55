import { startEtcdSimulator } from "@rollcall/etcd/simulator";
import { describe } from "vitest";
import { availabilityScenarios } from "../scenarios/etcd-availability.js";
import { exitScenarios } from "../scenarios/etcd-exit.js";
import { membershipScenarios } from "../scenarios/etcd-membership.js";

describe("[etcd simulator] scenarios", { timeout: 60_000 }, () => {
  membershipScenarios(() => startEtcdSimulator());
  exitScenarios(() => startEtcdSimulator());
  availabilityScenarios(() => startEtcdSimulator());
});
