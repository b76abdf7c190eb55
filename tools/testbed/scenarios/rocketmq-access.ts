import type { RocketmqTestCluster } from "@rollcall/rocketmq/simulator";
import { expect, it } from "vitest";
import { createCertificateAuthority } from "../src/index.js";
import { at, believed, believedAside, brokersOf, EAGER, listed, nameserversOf, PATIENT, routesOf } from "./rocketmq-scenario.js";

const TOPIC = "secrets";

type Client = RocketmqTestCluster["client"];

/** Whom the servers let in: all of them speak nothing but TLS; nameservers check no signature, brokers do. */
export function accessScenarios(shared: () => RocketmqTestCluster): void {
  it("7, row 19: TLS and signed requests from end to end; to a nameserver a signature is harmless, and so is a wrong one or none", async (test) => {
    const cluster = shared();
    await cluster.createTopic(TOPIC);
    for (const client of [cluster.client, unsigned(cluster.client), wronglySigned(cluster.client)]) {
      const nameservers = nameserversOf(test, cluster, PATIENT, client);
      nameservers.subscribe(() => undefined);
      await nameservers.ready();
      expect(believed(nameservers)).toBe(listed(...cluster.nameservers));
      const pollers = [brokersOf(test, cluster, PATIENT, client), routesOf(test, cluster, [TOPIC], PATIENT, client)];
      await Promise.all(pollers.map((poller) => poller.ready()));
      expect(pollers.map(believed)).toEqual(Array(2).fill(listed(...cluster.brokers)));
    }
  });

  it("7, row 19: a broker that refuses a probe because of its signature serves", async (test) => {
    const cluster = shared();
    const options = { ...EAGER, probe: { everyMs: 100 } };
    const poller = brokersOf(test, cluster, options, { ...wronglySigned(cluster.client), probeBrokers: true });
    poller.subscribe(() => undefined);
    for (let polls = 0; polls < 10; polls += 1) await poller.refresh();
    expect([believed(poller), believedAside(poller)]).toEqual([listed(...cluster.brokers), ""]);
  });

  for (const [who, change, code, says] of [
    ["an unsigned request", unsigned, "UNAUTHENTICATED", "check the option acl"],
    ["a wrongly signed request", wronglySigned, "UNAUTHENTICATED", "check the option acl"],
    ["a rightly signed request", (client) => client, "MALFORMED_RESPONSE", "not a nameserver's"],
  ] as readonly (readonly [string, (client: Client) => Client, string, string])[]) {
    it(`7, row 19: a broker that is taken for a nameserver answers ${who}: ${code}`, async (test) => {
      const cluster = shared();
      const { address } = at(cluster.brokers, 0);
      const poller = brokersOf(test, cluster, PATIENT, { ...change(cluster.client), nameservers: [address] });
      await expect(poller.refresh()).rejects.toMatchObject({
        code,
        message: expect.stringMatching(new RegExp(`${address}.*${says}`, "s")),
      });
    });
  }

  it("7, row 19: a client that trusts another authority gets one error that says so", async (test) => {
    const cluster = shared();
    const { ca } = await createCertificateAuthority();
    await refused(test, cluster, { ...cluster.client, tls: { ca } }, "tls\\.ca");
  });

  it("7, row 19: a client without TLS gets one error that says so", async (test) => {
    await refused(test, shared(), { acl: shared().client.acl }, "tls");
  });
}

async function refused(test: Parameters<typeof brokersOf>[0], cluster: RocketmqTestCluster, client: Client, says: string): Promise<void> {
  const { address } = at(cluster.nameservers, 0);
  const strange = { tls: undefined, ...client, nameservers: [address] };
  for (const poller of [brokersOf(test, cluster, PATIENT, strange), routesOf(test, cluster, [TOPIC], PATIENT, strange)]) {
    await expect(poller.refresh()).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringMatching(new RegExp(`${address}.*${says}`, "s")),
    });
  }
}

function unsigned({ tls }: Client): Client {
  return { tls, acl: undefined };
}

function wronglySigned({ tls, acl }: Client): Client {
  return { tls, acl: { accessKey: acl?.accessKey ?? "nobody", secretKey: "a wrong one" } };
}
