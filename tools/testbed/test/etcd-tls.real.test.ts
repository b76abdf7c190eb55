import { describe } from "vitest";
import { schemeScenarios } from "../scenarios/etcd-schemes.js";
import { tlsScenarios } from "../scenarios/etcd-tls.js";
import { requireEtcd } from "../src/index.js";
import { startReal } from "./support/start-cluster.js";

const etcd = await requireEtcd("3.7.3");

describe.skipIf("reason" in etcd)("[etcd 3.7.3] TLS scenarios", { timeout: 60_000 }, () => {
  const startCluster = startReal(etcd);
  tlsScenarios(startCluster);
  schemeScenarios(startCluster);
});
