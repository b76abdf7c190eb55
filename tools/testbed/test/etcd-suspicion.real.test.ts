import { describe } from "vitest";
import { electionScenario, suspicionScenarios } from "../scenarios/etcd-suspicion.js";
import { requireEtcd } from "../src/index.js";
import { startReal } from "./support/start-cluster.js";

const etcd = await requireEtcd("3.7.3");

describe.skipIf("reason" in etcd)("[etcd 3.7.3] scenarios of suspicion", { timeout: 90_000 }, () => {
  suspicionScenarios(startReal(etcd), 20_000);
  electionScenario(startReal(etcd), 20_000);
});
