import { describe } from "vitest";
import { servingScenarios } from "../scenarios/etcd-serving.js";
import { requireEtcd } from "../src/index.js";
import { startReal } from "./support/start-cluster.js";

const etcd = await requireEtcd("3.7.3");

describe.skipIf("reason" in etcd)("[etcd 3.7.3] scenarios of serving", { timeout: 60_000 }, () => {
  servingScenarios(startReal(etcd), { frozenMs: 20_000, joiningMs: 3_000 });
});
