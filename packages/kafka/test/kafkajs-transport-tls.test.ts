import { connect } from "node:tls";
import { inspect } from "node:util";
import { generate } from "selfsigned";
import { beforeAll, describe, expect, it } from "vitest";
import type { KafkaClientOptions } from "../src/kafka-transport.js";
import { failed, listening, polled } from "./support/connecting.js";
import { kafkajsTimers } from "./support/kafkajs-timers.js";
import { answering, type LoopbackBroker, type Script } from "./support/loopback-broker.js";

let made: { readonly key: string; readonly cert: string };

beforeAll(async () => {
  const extensions = [{ name: "subjectAltName" as const, altNames: [{ type: 2 as const, value: "broker.test" }] }];
  const { private: key, cert } = await generate([{ name: "commonName", value: "broker.test" }], { extensions });
  made = { key, cert };
});

const secured = (script: Script = answering()): Promise<LoopbackBroker> => listening(script, made);
const trusting = (): KafkaClientOptions => ({ ssl: { ca: made.cert, servername: "broker.test" } });

describe("TLS", () => {
  it("is spoken to a broker whose certificate is trusted", async () => {
    const timers = kafkajsTimers();
    const broker = await secured();
    expect((await polled(broker.address, trusting())).brokers).toHaveLength(3);
    await broker.idle();
    expect(timers.size).toBe(0);
  });

  it.each<[string, () => KafkaClientOptions, string]>([
    ["is signed by nobody known", () => ({ ssl: { servername: "broker.test" } }), "certificate"],
    ["is signed by nobody known, with ssl: true", () => ({ ssl: true }), "certificate"],
    ["is for another name", () => ({ ssl: { ca: made.cert, servername: "other.test" } }), "altnames"],
  ])("is UNAVAILABLE, as with etcd, if the certificate %s", async (_what, client, message) => {
    const broker = await secured();
    const error = await failed(broker.address, client());
    expect(error).toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining(message) });
    expect(error.message).toContain("check ssl in the option client");
    await broker.idle();
  });

  it("is UNAVAILABLE if the broker wants a certificate of the client", async () => {
    const broker = await listening(answering(), { ...made, requestCert: true, rejectUnauthorized: true });
    const error = await failed(broker.address, trusting());
    expect(error).toMatchObject({ code: "UNAVAILABLE", message: expect.stringMatching(/certificate|closed/) });
  });

  it("that the listener does not speak is UNAVAILABLE", async () => {
    const broker = await listening((_frame, socket) => void socket.end());
    const poll = failed(broker.address, trusting());
    await expect.poll(() => broker.sockets.size).toBe(1);
    for (const socket of broker.sockets) socket.end();
    expect(await poll).toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("check ssl") });
  });

  it("to a listener that speaks something else is told in one line", async () => {
    const broker = await listening(() => undefined);
    const poll = failed(broker.address, { ssl: true });
    await expect.poll(() => broker.sockets.size).toBe(1);
    for (const socket of broker.sockets) socket.write("HTTP/1.1 400 Bad Request\r\n\r\n");
    const { code, message } = await poll;
    expect(code).toBe("UNAVAILABLE");
    expect(message).toBe("[kafka] [UNAVAILABLE] the broker: wrong version number (SSL routines); check ssl in the option client");
  });

  it.each<[string, object]>([
    ["passphrase", { passphrase: 1234567 }],
    ["key", { key: 1234567 }],
    ["list of keys", { key: [{ pem: "1234567", passphrase: 1234567 }] }],
    ["certificate", { cert: [1234567] }],
    ["archive", { pfx: "1234567" }],
  ])("with a bad %s fails without printing it", async (_what, ssl) => {
    const broker = await secured();
    const error: unknown = await polled(broker.address, { ssl }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "UNAVAILABLE" });
    expect(inspect(error, { depth: Number.POSITIVE_INFINITY })).not.toContain("1234567");
  });

  it("that the listener speaks and nobody configured is named", async () => {
    const broker = await secured();
    const error = await failed(broker.address);
    expect(error.message).toMatch(/the listener speaks TLS: set ssl|whose TLS or SASL is not what it expects: check ssl/);
    await broker.idle();
  });

  it("row 5: ends at once when the signal fires in the middle of the handshake", async () => {
    const timers = kafkajsTimers();
    const broker = await listening(() => undefined);
    const end = new AbortController();
    const poll = polled(broker.address, trusting(), end.signal);
    await expect.poll(() => broker.sockets.size).toBe(1);
    end.abort(new Error("enough"));
    await expect(poll).rejects.toThrow("enough");
    await broker.idle();
    expect(timers.size).toBe(0);
  });

  it("row 19: hides no frame of two gigabytes", async () => {
    const broker = await secured((_frame, socket) => void socket.write(Buffer.from("7fffffff", "hex")));
    expect(await failed(broker.address, trusting())).toMatchObject({ code: "MALFORMED_RESPONSE" });
    await broker.idle();
  });

  it("goes through the application's own sockets", async () => {
    const broker = await secured();
    const socketFactory: KafkaClientOptions["socketFactory"] = ({ ssl, onConnect }) => connect({ ...broker.address, ...ssl }, onConnect);
    expect((await polled({ host: "elsewhere", port: 1 }, { ...trusting(), socketFactory })).brokers).toHaveLength(3);
  });
});
