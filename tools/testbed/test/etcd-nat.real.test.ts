import { describe } from "vitest";
import { natScenarios } from "../scenarios/etcd-nat.js";
import { requireEtcd } from "../src/index.js";
import { startReal } from "./support/start-cluster.js";

const etcd = await requireEtcd("3.7.3");

describe.skipIf("reason" in etcd)("[etcd 3.7.3] scenarios behind NAT", { timeout: 60_000 }, () => {
  natScenarios(startReal(etcd));
});
