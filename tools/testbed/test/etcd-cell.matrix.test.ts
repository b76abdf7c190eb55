import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, inject, it } from "vitest";
import { bundled } from "../scenarios/child-program.js";
import { accessScenarios } from "../scenarios/etcd-access.js";
import { openListScenarios } from "../scenarios/etcd-auth.js";
import { availabilityScenarios, headlineScenario } from "../scenarios/etcd-availability.js";
import { exitScenarios } from "../scenarios/etcd-exit.js";
import { membershipScenarios } from "../scenarios/etcd-membership.js";
import { clusterFor, pollerOn, urls } from "../scenarios/etcd-scenario.js";
import { ETCD_VERSIONS } from "../src/etcd/etcd-binary.js";
import { generatedClient, niceClient, plainClient, requireEtcd } from "../src/index.js";
import { printer } from "./support/printer.js";
import { recordedAgents } from "./support/recorded-agents.js";
import { startReal } from "./support/start-cluster.js";

const cell = inject("cell");
const alias = { "@grpc/grpc-js": cell.grpcJsFile };
const known = ETCD_VERSIONS.find((version) => `${version}.`.startsWith(`${cell.etcd}.`));
if (known === undefined) throw new Error(`no etcd ${cell.etcd} is known`);
const etcd = await requireEtcd(known);
if ("reason" in etcd) throw new Error(etcd.reason);
const startCluster = startReal(etcd);
const { version: grpcJs } = JSON.parse(readFileSync(new URL("../../package.json", `file://${cell.grpcJsFile}`), "utf8")) as {
  version: string;
};

// What is in brackets names the suite; the exact versions behind it are for the table.
const versions = `etcd ${etcd.version}, grpc-js ${grpcJs}, Node ${process.versions.node}`;
describe(`[matrix etcd ${cell.etcd}, grpc-js ${cell.grpcJs}, Node ${cell.node}] ${versions}`, { timeout: 180_000 }, () => {
  it("runs on the version of Node, grpc-js and etcd that it is named after, in every client and in child processes", async (test) => {
    expect(process.versions.node).toMatch(new RegExp(`^${cell.node}\\.`));
    expect(grpcJs).toMatch(new RegExp(`^${cell.grpcJs}\\.`));

    const { port, agents } = await recordedAgents(test);
    for (const make of [plainClient, generatedClient, niceClient]) {
      const client = make({ target: `ipv4:127.0.0.1:${port}` });
      test.onTestFinished(() => client.close());
      const before = agents.length;
      await expect(client.put("a", "b", 5_000)).rejects.toThrow();
      expect(agents.length).toBeGreaterThan(before);
    }
    const before = agents.length;
    await expect(pollerOn(test, [`http://127.0.0.1:${port}`]).refresh()).rejects.toThrow();
    expect(agents.length).toBeGreaterThan(before);
    for (const agent of agents) expect(agent).toContain(`grpc-node-js/${grpcJs}`);

    const program = await bundled(fileURLToPath(new URL("../scenarios/exit-program.ts", import.meta.url)), alias);
    const bundledVersions = [...program.matchAll(/name: "@grpc\/grpc-js",\s+version: "([^"]+)"/g)].map(([, version]) => version);
    expect(bundledVersions).toEqual([grpcJs]);

    const cluster = await clusterFor(test, startCluster, { timers: "fast" });
    for (const url of urls(cluster)) {
      const answer = (await (await fetch(`${url}/version`)).json()) as { readonly etcdserver: string };
      expect(answer.etcdserver).toMatch(new RegExp(`^${cell.etcd}\\.`));
    }
  });

  membershipScenarios(startCluster);
  // 3.4 before 3.4.42 tells the members to anybody.
  if (cell.etcd === "3.4") openListScenarios(startCluster);
  else accessScenarios(startCluster);
  exitScenarios(startCluster, alias);
  headlineScenario(startCluster, printer(versions));
  availabilityScenarios(startCluster);
});
