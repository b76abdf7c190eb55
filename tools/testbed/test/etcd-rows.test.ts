import { describe } from "vitest";
import { rowScenarios } from "../scenarios/etcd-rows.js";
import { startSimulated } from "./support/start-cluster.js";

describe("[etcd simulator] rows of etcd", { timeout: 60_000 }, () => {
  rowScenarios(startSimulated);
});
