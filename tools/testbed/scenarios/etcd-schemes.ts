import { etcdMembers } from "@rollcall/etcd";
import { chaosProxy } from "@rollcall/testkit";
import { expect, it, vi } from "vitest";
import { believed, believedListed, listed, pollerOn, type StartCluster, urls } from "./etcd-scenario.js";
import { pollerOf } from "./scenario.js";
import { endpointNamed, forHost, memberAt, restartWith, tlsCluster } from "./tls-cluster.js";

const QUICK = { minIntervalMs: 20, intervalMs: 60_000 };
const PATIENCE = { timeout: 10_000 };
const NOT_ASKED = "TLS is configured, so a plaintext address is not asked";

/** Plaintext and TLS in one cluster, or one after the other. */
export function schemeScenarios(startCluster: StartCluster): void {
  it("row 14: a member that advertises http:// beside https:// ones is listed so, but never spoken to", async (test) => {
    const { cluster, tls } = await tlsCluster(test, startCluster);
    const door = await chaosProxy({ host: "127.0.0.1", port: 9 }, { behaviour: { kind: "silence" } });
    test.onTestFinished(() => door.close());
    const plaintext = `http://127.0.0.1:${door.port}`;
    await cluster.kill(memberAt(cluster, 2));
    await cluster.start(memberAt(cluster, 2), { advertise: plaintext });

    const source = etcdMembers({ seeds: urls(cluster).slice(0, 2), tls });
    const poller = pollerOf(test, source, QUICK);
    const { endpoints } = await poller.ready();
    expect(believed(poller)).toBe(listed(...cluster.members));
    expect(believed(poller)).toContain(plaintext);
    poller.subscribe(() => undefined);
    poller.suspect(endpointNamed(endpoints, "n2"));
    await vi.waitFor(
      () => expect(poller.status.aside).toMatchObject([{ error: { message: expect.stringContaining(NOT_ASKED) } }]),
      PATIENCE,
    );
    await cluster.kill(memberAt(cluster, 0));
    await cluster.kill(memberAt(cluster, 1));
    await expect(poller.refresh()).rejects.toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining(`${plaintext}: `) });
    expect(door.accepted).toBe(0);
  });

  it("row 14: a cluster that moves to TLS is followed, and one that moves back is not", async (test) => {
    const given = await tlsCluster(test, startCluster, async () => ({}));
    const { cluster, authority, tls } = given;
    const plain = pollerOn(test, urls(cluster), QUICK);
    await plain.ready();
    const certificates = await forHost(authority);
    for (const index of [0, 1, 2]) {
      await restartWith(given, index, certificates[`n${index}`]);
      if (index < 2) await vi.waitFor(() => plain.refresh(), PATIENCE);
    }
    // It asks over TLS whom it knows to have moved, but was told no authority.
    await expect(plain.refresh()).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: saidOf(urls(cluster).slice(0, 2), "ships: set tls.ca"),
    });

    const secured = pollerOn(test, urls(cluster), { ...QUICK, tls });
    await secured.ready();
    for (const index of [0, 1, 2]) {
      await restartWith(given, index, undefined);
      if (index < 2) await vi.waitFor(() => secured.refresh(), PATIENCE);
    }
    await expect(secured.refresh()).rejects.toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining(NOT_ASKED) });
    expect(believedListed(secured)).toMatch(/^http:\S+ http:\S+ https:\S+$/);
  });

  it("row 14: two clusters with an authority each, in one process: each is asked with its own, and not with the other's", async (test) => {
    const [one, two] = await Promise.all([tlsCluster(test, startCluster), tlsCluster(test, startCluster)]);
    for (const { cluster, tls } of [one, two]) {
      const poller = pollerOn(test, urls(cluster).slice(0, 1), { tls });
      await poller.ready();
      expect(believed(poller)).toBe(listed(...cluster.members));
    }
    await expect(pollerOn(test, urls(two.cluster), { tls: one.tls }).refresh()).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: saidOf(urls(two.cluster), "signed by an authority that is not in tls.ca"),
    });
  });
}

function saidOf(members: readonly string[], advice: string): unknown {
  const each = members.map((url) => `(?=.*${url}: [^;]*${advice})`);
  return expect.stringMatching(new RegExp(each.join(""), "s"));
}
