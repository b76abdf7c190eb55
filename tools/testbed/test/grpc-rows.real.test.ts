import { describe } from "vitest";
import { grpcRowScenarios } from "../scenarios/grpc-rows.js";
import { requireEtcd } from "../src/index.js";
import { startReal } from "./support/start-cluster.js";

const etcd = await requireEtcd("3.7.3");

describe.skipIf("reason" in etcd)("[etcd 3.7.3] rows of grpc-js", { timeout: 60_000 }, () => {
  grpcRowScenarios(startReal(etcd), { timeMs: 10_000, timeoutMs: 5_000 });
});
