import { describe } from "vitest";
import { schemeScenarios } from "../scenarios/etcd-schemes.js";
import { tlsScenarios } from "../scenarios/etcd-tls.js";
import { startSimulated } from "./support/start-cluster.js";

describe("[etcd simulator] TLS scenarios", { timeout: 60_000 }, () => {
  tlsScenarios(startSimulated);
  schemeScenarios(startSimulated);
});
