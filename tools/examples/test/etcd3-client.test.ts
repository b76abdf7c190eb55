import { test } from "vitest";
import { clusterFor } from "../../testbed/scenarios/etcd-scenario.js";
import { startSimulated } from "../../testbed/test/support/start-cluster.js";
import { replaceEverybody } from "./support/etcd3-scenario.js";

test("no read or write of etcd3 fails while every member is replaced, after which static hosts are lost", {
  timeout: 60_000,
}, async (test) => {
  await replaceEverybody(test, await clusterFor(test, startSimulated, { timers: "default" }), "load/", 200);
});
