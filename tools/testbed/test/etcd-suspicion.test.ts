import { describe } from "vitest";
import { suspicionScenarios } from "../scenarios/etcd-suspicion.js";
import { startSimulated } from "./support/start-cluster.js";

describe("[etcd simulator] scenarios of suspicion", { timeout: 60_000 }, () => {
  suspicionScenarios(startSimulated, 4_000);
});
