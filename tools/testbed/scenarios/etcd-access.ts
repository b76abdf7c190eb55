import { credentials } from "@grpc/grpc-js";
import { grpcTarget } from "@rollcall/grpc";
import { expect, it } from "vitest";
import { createCertificateAuthority, type EtcdClientTls, plainClient } from "../src/index.js";
import { believed, clusterFor, listed, pollerOn, type ScenarioCluster, type StartCluster, type Test, urls } from "./etcd-scenario.js";

/** Whom the members let in over TLS: clients with a certificate of their authority. */
export function accessScenarios(startCluster: StartCluster): void {
  const start = async (test: Test): Promise<{ cluster: ScenarioCluster; tls: EtcdClientTls }> => {
    const cluster = await clusterFor(test, startCluster, { timers: "fast", tls: true });
    if (cluster.tls === undefined) throw new Error("the cluster does not say what its clients need");
    return { cluster, tls: cluster.tls };
  };

  it("mutual TLS with one authority: knows all members, and a channel writes to them", async (test) => {
    const { cluster, tls } = await start(test);
    const poller = pollerOn(test, urls(cluster).slice(0, 1), { tls });
    await poller.ready();
    expect(believed(poller)).toBe(listed(...cluster.members));
    expect(believed(poller)).toMatch(/^https:/);
    const client = plainClient({ target: grpcTarget(poller), security: credentials.createSsl(tls.ca, tls.key, tls.cert) });
    test.onTestFinished(() => client.close());
    await client.put("tls/", "written", 5_000);
    expect(await client.keys("tls/")).toEqual(["tls/"]);
  });

  // Both can pass by themselves (a certificate is renewed, an authority is rotated member by member), hence UNAVAILABLE, which is
  // asked again, and not UNAUTHENTICATED, which says that etcd itself refused a user.
  it("mutual TLS: without a client certificate every member's refusal is in one UNAVAILABLE error", async (test) => {
    const { cluster, tls } = await start(test);
    await expect(pollerOn(test, urls(cluster), { tls: { ca: tls.ca } }).refresh()).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: refusedByAll(cluster, "wants a client certificate: set tls\\.cert and tls\\.key"),
    });
  });

  it("mutual TLS: an authority that did not sign the members' certificates is an UNAVAILABLE error that says so", async (test) => {
    const { cluster, tls } = await start(test);
    const { ca } = await createCertificateAuthority();
    await expect(pollerOn(test, urls(cluster), { tls: { ...tls, ca } }).refresh()).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: refusedByAll(cluster, "signed by an authority that is not in tls\\.ca"),
    });
  });
}

/** A message that names every member and, for each, a reason. */
function refusedByAll(cluster: ScenarioCluster, reason = "."): unknown {
  const each = urls(cluster).map((url) => `(?=.*${url}: \\S.*(${reason}))`);
  return expect.stringMatching(new RegExp(`^${each.join("")}`, "s"));
}
