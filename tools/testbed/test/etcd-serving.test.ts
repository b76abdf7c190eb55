import { describe } from "vitest";
import { servingScenarios } from "../scenarios/etcd-serving.js";
import { startSimulated } from "./support/start-cluster.js";

describe("[etcd simulator] scenarios of serving", { timeout: 60_000 }, () => {
  servingScenarios(startSimulated, { frozenMs: 2_000, joiningMs: 300 });
});
