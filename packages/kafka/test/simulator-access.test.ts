import { ManualClock } from "@rollcall/testkit";
import { generate } from "selfsigned";
import { beforeAll, describe, expect, test } from "vitest";
import { kafkaBrokers } from "../src/kafka-brokers-source.js";
import { type KafkaSimulator, startKafkaSimulator } from "../src/simulator/index.js";
import { brokerAt, kafka, producer, RawClient, simulator } from "./simulator-support.js";
import { context } from "./support/fake-cluster.js";

const FEW = { retry: { retries: 0 } };

async function sendOne(cluster: KafkaSimulator, client = kafka(cluster)): Promise<void> {
  const sender = await producer(client);
  await sender.send({ topic: "orders", messages: [{ value: "x" }] });
}

describe("SASL", () => {
  const user = { username: "carol, of=here", password: "carol-secret" };

  test.each(["PLAIN", "SCRAM-SHA-256"] as const)(
    "%s lets kafkajs in with the right password only, also after a rotation",
    async (mechanism) => {
      const cluster = await simulator({ security: { sasl: { mechanism, ...user } } });
      await cluster.createTopics([{ topic: "orders" }]);
      await sendOne(cluster);
      const old = { ...cluster.client.sasl } as { password: string; authenticationProvider?: unknown };
      await cluster.rotatePassword("other-secret");
      delete old.authenticationProvider; // where kafkajs keeps the first password
      await expect(sendOne(cluster, kafka(cluster, { sasl: old, ...FEW }))).rejects.toMatchObject({
        name: "KafkaJSSASLAuthenticationError",
      });
      const { mechanism: name, username, password } = cluster.client.sasl as typeof user & { mechanism: string };
      expect(password).toBe("other-secret");
      await sendOne(cluster, kafka(cluster, { sasl: { mechanism: name, username, password } }));
      const nobody = { mechanism: name, username: "nobody", password };
      await expect(sendOne(cluster, kafka(cluster, { sasl: nobody, ...FEW }))).rejects.toMatchObject({
        name: "KafkaJSSASLAuthenticationError",
      });
      expect(cluster.records("orders")).toHaveLength(2);
    },
  );

  test("another mechanism is refused by name", async () => {
    const cluster = await simulator({ security: { sasl: { mechanism: "PLAIN", ...user } } });
    const sasl = { mechanism: "scram-sha-256", ...user };
    await expect(sendOne(cluster, kafka(cluster, { sasl, ...FEW }))).rejects.toThrow("does not support the requested SASL mechanism");
  });

  test("without SASL ApiVersions answers, and anything else closes the connection", async () => {
    const cluster = await simulator({ security: { sasl: { mechanism: "PLAIN", ...user } } });
    const client = new RawClient(brokerAt(cluster, 0).address);
    client.send(18, 0);
    expect((await client.answer()).readInt16BE(4)).toBe(0);
    client.send(60, 2, "00 00 01 01 00");
    await expect.poll(() => client.closed).toBe(true);
    expect(client.received).toHaveLength(0);
  });

  describe("a refusal is said, then the connection is closed", () => {
    const hex = (text: string) => Buffer.from(text).toString("hex");
    const handshake = (client: RawClient, mechanism = "PLAIN") => client.send(17, 1, `000${mechanism.length} ${hex(mechanism)}`);
    const authenticate = (client: RawClient, password: string) =>
      client.send(36, 1, `0000000${password.length + 3} ${hex(`\0u\0${password}`)}`);
    const started = async () => {
      const clock = new ManualClock();
      const cluster = await simulator({ clock, security: { sasl: { mechanism: "PLAIN", username: "u", password: "p" } } });
      return { clock, cluster, client: new RawClient(brokerAt(cluster, 0).address) };
    };
    const refused = async (client: RawClient, error: number) => {
      expect((await client.answer()).readInt16BE(4)).toBe(error);
      await expect.poll(() => client.closed).toBe(true);
      expect(client.received).toHaveLength(0);
    };

    test("for another mechanism", async () => {
      const { client } = await started();
      handshake(client, "OTHER");
      await refused(client, 33);
    });

    test("for a handshake in the middle of another one", async () => {
      const { client } = await started();
      handshake(client);
      expect((await client.answer()).readInt16BE(4)).toBe(0);
      handshake(client);
      await refused(client, 34);
    });

    test("for a wrong password, as late as a test wants it", async () => {
      const { client, cluster, clock } = await started();
      cluster.answer(brokerAt(cluster, 0), { kind: "slow", ms: 300 }, ["SaslAuthenticate"]);
      handshake(client);
      await client.answer();
      authenticate(client, "x");
      await expect.poll(() => clock.pending).toBe(1);
      expect(client.received).toHaveLength(0);
      await clock.advance(300);
      await refused(client, 58);
    });

    test("but not for a token without a handshake: nothing is said at all", async () => {
      const { client } = await started();
      authenticate(client, "p");
      await expect.poll(() => client.closed).toBe(true);
      expect(client.received).toHaveLength(0);
    });

    test("and not once the client is in: what is out of place then does no harm", async () => {
      const { client } = await started();
      handshake(client);
      await client.answer();
      authenticate(client, "p");
      expect((await client.answer()).readInt16BE(4)).toBe(0);
      handshake(client);
      expect((await client.answer()).readInt16BE(4)).toBe(34);
      authenticate(client, "p");
      expect((await client.answer()).readInt16BE(4)).toBe(34);
      client.send(3, 1, "00000000");
      expect((await client.answer()).readInt32BE(4)).toBe(3);
    });
  });

  test("a handshake of version 0 is followed by bare tokens", async () => {
    const cluster = await simulator({ security: { sasl: { mechanism: "PLAIN", username: "u", password: "p" } } });
    const client = new RawClient(brokerAt(cluster, 0).address);
    const handshake = (on: RawClient) => on.send(17, 0, `0005 ${Buffer.from("PLAIN").toString("hex")}`);
    handshake(client);
    expect((await client.answer()).toString("hex")).toBe(`00000007000000000001${"0005"}${Buffer.from("PLAIN").toString("hex")}`);
    client.write(Buffer.from("\0u\0p"));
    expect(await client.answer()).toHaveLength(0);
    client.send(3, 1, "00000000");
    expect((await client.answer()).readInt32BE(4)).toBe(3);

    const stranger = new RawClient(brokerAt(cluster, 0).address);
    handshake(stranger);
    await stranger.answer();
    stranger.write(Buffer.from("\0u\0wrong"));
    await expect.poll(() => stranger.closed).toBe(true);
  });

  test("where there is no SASL a handshake is out of place, and there is no password to rotate", async () => {
    const cluster = await simulator();
    const client = new RawClient(brokerAt(cluster, 0).address);
    client.send(17, 1, `0005 ${Buffer.from("PLAIN").toString("hex")}`);
    expect((await client.answer()).readInt16BE(4)).toBe(34);
    await expect(cluster.rotatePassword("x")).rejects.toThrow("without SASL");
  });
});

describe("TLS", () => {
  let tls: { ca: string; cert: string; key: string };

  beforeAll(async () => {
    const options = { keyType: "ec", algorithm: "sha256" } as const;
    const authority = await generate([{ name: "commonName", value: "test-ca" }], {
      ...options,
      extensions: [
        { name: "basicConstraints", cA: true, critical: true },
        { name: "keyUsage", keyCertSign: true, cRLSign: true },
      ],
    });
    const broker = await generate([{ name: "commonName", value: "broker" }], {
      ...options,
      ca: { key: authority.private, cert: authority.cert },
      extensions: [{ name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] }],
    });
    tls = { ca: authority.cert, cert: broker.cert, key: broker.private };
  });

  test("kafkajs sends through it, with SCRAM on top, and a frozen broker does not even shake hands", async () => {
    const cluster = await simulator({ security: { tls, sasl: { mechanism: "SCRAM-SHA-256", username: "u", password: "p" } } });
    await cluster.createTopics([{ topic: "orders" }]);
    await sendOne(cluster);
    expect(cluster.records("orders")).toHaveLength(1);
    for (const broker of cluster.brokers) await cluster.freeze(broker);
    const before = cluster.connections;
    const sending = sendOne(cluster, kafka(cluster, { connectionTimeout: 10_000 }));
    await expect.poll(() => cluster.connections).toBe(before + 1);
    for (const broker of cluster.brokers) await cluster.thaw(broker);
    await sending;
    expect(cluster.records("orders")).toHaveLength(2);
    await cluster.kill(brokerAt(cluster, 0));
    await sendOne(cluster);
  });

  test("a client that does not trust the authority gets nothing", async () => {
    const cluster = await simulator({ security: { tls } });
    await expect(sendOne(cluster, kafka(cluster, { ssl: true, ...FEW }))).rejects.toThrow(/verify|issuer/);
  });

  test("a client that speaks plaintext gets an alert, then the end, once the broker is not frozen", async () => {
    const cluster = await simulator({ security: { tls } });
    const broker = brokerAt(cluster, 0);
    await cluster.freeze(broker);
    const client = new RawClient(broker.address);
    client.send(18, 0);
    await expect.poll(() => cluster.connections).toBe(1);
    expect(client.received).toHaveLength(0);
    await cluster.thaw(broker);
    await expect.poll(() => client.closed).toBe(true);
    expect(client.received.toString("hex")).toBe("15030300020250");
    const source = kafkaBrokers({ seeds: [broker.address] });
    await expect(source.fetch(context())).rejects.toMatchObject({
      code: "MALFORMED_RESPONSE",
      message: expect.stringContaining("the listener speaks TLS: set ssl"),
    });
  });

  test("a client that says nothing is left alone, and may go", async () => {
    const cluster = await simulator({ security: { tls } });
    const client = new RawClient(brokerAt(cluster, 0).address);
    await expect.poll(() => cluster.connections).toBe(1);
    client.end();
    await expect.poll(() => cluster.connections).toBe(0);
    expect(client.received).toHaveLength(0);
  });
});

test("options out of bounds and unknown ones are INVALID_OPTIONS", async () => {
  const start = (options: object) => expect(startKafkaSimulator(options)).rejects;
  await start({ brokers: 0 }).toMatchObject({ code: "INVALID_OPTIONS", message: expect.stringContaining("brokers: got 0") });
  await start({ sessionMs: 1 }).toThrow(/sessionMs: got 1, allowed is a number from 10 to 60000/);
  await start({ broker: 3 }).toThrow(/broker, allowed is brokers, host/);
  await start({ apis: { Metadat: 1 } }).toThrow(/apis/);
  await start({ security: { sasl: { mechanism: "GSSAPI", username: "u", password: "secret" } } }).toThrow(
    /security: got object, allowed is "plaintext", or/,
  );
});
