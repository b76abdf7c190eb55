import { describe } from "vitest";
import { authScenarios, openListScenarios } from "../scenarios/etcd-auth.js";
import { requireEtcd } from "../src/index.js";
import { startReal } from "./support/start-cluster.js";

const [etcd, older] = [await requireEtcd("3.7.3"), await requireEtcd("3.4")];

describe.skipIf("reason" in etcd)("[etcd 3.7.3] scenarios of authentication", { timeout: 60_000 }, () => {
  authScenarios(startReal(etcd));
});

describe.skipIf("reason" in older)("[etcd 3.4] scenarios of authentication", { timeout: 60_000 }, () => {
  openListScenarios(startReal(older));
});
