import { describe } from "vitest";
import { accessScenarios } from "../scenarios/etcd-access.js";
import { availabilityScenarios, headlineScenario } from "../scenarios/etcd-availability.js";
import { exitScenarios } from "../scenarios/etcd-exit.js";
import { membershipScenarios } from "../scenarios/etcd-membership.js";
import { printer } from "./support/printer.js";
import { startSimulated } from "./support/start-cluster.js";

describe("[etcd simulator] scenarios", { timeout: 60_000 }, () => {
  membershipScenarios(startSimulated);
  accessScenarios(startSimulated);
  exitScenarios(startSimulated);
  headlineScenario(startSimulated, printer("etcd simulator"));
  availabilityScenarios(startSimulated);
});
