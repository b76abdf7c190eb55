import { describe } from "vitest";
import { grpcRowScenarios } from "../scenarios/grpc-rows.js";
import { startSimulated } from "./support/start-cluster.js";

describe("[etcd simulator] rows of grpc-js", { timeout: 30_000 }, () => {
  grpcRowScenarios(startSimulated, { timeMs: 600, timeoutMs: 300 });
});
