import { describe } from "vitest";
import { authScenarios } from "../scenarios/etcd-auth.js";
import { startSimulated } from "./support/start-cluster.js";

describe("[etcd simulator] scenarios of authentication", { timeout: 60_000 }, () => {
  authScenarios(startSimulated);
});
