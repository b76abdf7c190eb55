import { describe } from "vitest";
import { natScenarios } from "../scenarios/etcd-nat.js";
import { startSimulated } from "./support/start-cluster.js";

describe("[etcd simulator] scenarios behind NAT", { timeout: 60_000 }, () => {
  natScenarios(startSimulated);
});
