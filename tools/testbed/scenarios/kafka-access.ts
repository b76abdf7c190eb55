import type { KafkaTestCluster } from "@rollcall/kafka/simulator";
import { expect, it } from "vitest";
import { addresses, believed, brokersOf, listed, liveBrokers, writerOn } from "./kafka-scenario.js";

const TOPIC = "secrets";

type Client = KafkaTestCluster["client"];

/** Whom the brokers let in: TLS, and a user with a password. */
export function accessScenarios(shared: () => KafkaTestCluster): void {
  it("9. TLS and SCRAM from end to end, and the password may change while everything runs", async (test) => {
    const cluster = shared();
    await cluster.createTopics([{ topic: TOPIC }]);
    const { client } = cluster;
    const literal = { ...client, sasl: { ...client.sasl } } as Client;
    const poller = brokersOf(test, cluster, { seeds: addresses(cluster).slice(0, 1), intervalMs: 1_000, minIntervalMs: 10 });
    const brokers = liveBrokers(test, poller);
    const busy = writerOn(test, client, brokers, { topic: TOPIC, name: "busy/" });
    await busy.connect();
    await busy.write(3);
    expect(believed(poller)).toBe(listed(...cluster.brokers));

    await cluster.rotatePassword("another secret");
    await poller.refresh();
    await busy.write(3);
    const restarted = writerOn(test, client, brokers, { topic: TOPIC, name: "restarted/" });
    await restarted.connect();
    await restarted.write(3);
    expect([busy.report, restarted.report]).toMatchObject([{ failed: [] }, { failed: [] }]);

    const control = writerOn(test, literal, addresses(cluster), { topic: TOPIC, name: "control/" });
    await expect(control.connect(), "a client with the old password must be refused").rejects.toThrow(/auth/i);
    await expect(brokersOf(test, cluster, { client: literal }).ready()).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  });

  for (const [who, change, code, says] of [
    ["speaks plaintext", () => ({}), /MALFORMED_RESPONSE/, "the listener speaks TLS: set ssl"],
    ["trusts another authority", (client) => ({ ...client, ssl: true }), /UNAVAILABLE/, "certificate.*check ssl"],
    ["brings no user", ({ ssl }) => ({ ssl }), /UNAVAILABLE/, "check.* sasl"],
    ["has a wrong password", (client) => ({ ...client, sasl: { ...client.sasl, password: "wrong" } }), /UNAUTHENTICATED/, "check sasl"],
    ["wants another mechanism", (client) => ({ ...client, sasl: { ...client.sasl, mechanism: "plain" } }), /UNAUTHENTICATED/, "mechanism"],
  ] as readonly (readonly [string, (client: Client) => object, RegExp, string])[]) {
    it(`a client that ${who} gets one error that says so`, async (test) => {
      const cluster = shared();
      const [seed = ""] = addresses(cluster);
      const poller = brokersOf(test, cluster, { seeds: [seed], client: change(cluster.client) as Client });
      await expect(poller.refresh()).rejects.toMatchObject({
        code: expect.stringMatching(code),
        message: expect.stringMatching(`${seed}: .*${says}`),
      });
    });
  }
}
