import type { AuthenticationProviderArgs, Authenticator } from "kafkajs";
import { describe, expect, it } from "vitest";
import type { KafkaClientOptions } from "../src/kafka-transport.js";
import { WireReader } from "../src/protocol/wire-reader.js";
import { WireWriter } from "../src/protocol/wire-writer.js";
import { failed, gate, listening, polled } from "./support/connecting.js";
import { type Answers, answering, apiVersions, readRequest } from "./support/loopback-broker.js";

const MECHANISMS = ["PLAIN", "OAUTHBEARER", "AWS", "MINE"];

/** SaslHandshake: the mechanism, if it is enabled. */
const handshake: Answers[number] = ({ body }) => {
  const mechanism = new WireReader(body).string();
  const wire = new WireWriter().int16(MECHANISMS.includes(mechanism) ? 0 : 33);
  return wire.array(MECHANISMS, (name) => wire.string(name)).finish();
};

/** A listener that wants SASL; `tokens` are what was sent to it, `accepts` says whom it lets in. */
async function secured(accepts: (token: string) => boolean, tokens: string[] = []) {
  let letIn = false;
  const authenticate: Answers[number] = ({ body }) => {
    const token = Buffer.from(new WireReader(body).bytes()).toString();
    tokens.push(token);
    letIn = accepts(token);
    const wire = new WireWriter().int16(letIn ? 0 : 58).string(letIn ? null : "Authentication failed: no such user");
    return wire.bytes(new Uint8Array()).int64(5_000n).finish();
  };
  const versions = (): Uint8Array => apiVersions([3, 0, 13], [17, 0, 1], [36, 0, 1], [60, 0, 2]);
  const script = answering({ 17: handshake, 18: versions, 36: authenticate });
  const broker = await listening((frame, socket) => {
    // As Kafka does: before SASL only these are answered, anything else ends the connection.
    if (!letIn && ![17, 18, 36].includes(readRequest(frame).apiKey)) return void socket.end();
    script(frame, socket);
  });
  return broker;
}

const plain = (password: string): KafkaClientOptions => ({ sasl: { mechanism: "plain", username: "alice", password } });

describe("SASL", () => {
  it("lets in who knows the password, once, however short the session may be", async () => {
    const tokens: string[] = [];
    const broker = await secured((token) => token === "\0alice\0secret", tokens);
    expect((await polled(broker.address, plain("secret"))).brokers).toHaveLength(3);
    expect(tokens).toEqual(["\0alice\0secret"]);
  });

  it("is UNAUTHENTICATED with a wrong password, in the broker's words and without the password", async () => {
    const broker = await secured(() => false);
    const error = await failed(broker.address, plain("geheim"));
    expect(error).toMatchObject({ code: "UNAUTHENTICATED", message: expect.stringContaining("no such user") });
    expect(error.message).toContain("check sasl in the option client");
    expect(JSON.stringify(error)).not.toContain("geheim");
    await broker.idle();
  });

  it("is UNAUTHENTICATED with a mechanism that is not enabled", async () => {
    const broker = await secured(() => true);
    const client: KafkaClientOptions = { sasl: { mechanism: "scram-sha-512", username: "alice", password: "x" } };
    expect(await failed(broker.address, client)).toMatchObject({
      ...{ code: "UNAUTHENTICATED", message: expect.stringContaining("does not support the requested SASL mechanism") },
    });
  });

  it("is UNAUTHENTICATED if the broker knows no SASL at all", async () => {
    const broker = await listening(answering({ 18: () => apiVersions([3, 0, 13], [60, 0, 2]) }));
    expect(await failed(broker.address, plain("x"))).toMatchObject({ code: "UNAUTHENTICATED" });
  });

  it("that the listener wants and nobody configured is guessed at", async () => {
    const broker = await secured(() => true);
    expect(await failed(broker.address)).toMatchObject({
      ...{ code: "UNAVAILABLE", message: expect.stringContaining("whose TLS or SASL is not what it expects") },
    });
  });

  it("is UNAVAILABLE when the connection breaks in the middle of it", async () => {
    const broker = await listening(answering({ 17: handshake, 36: (_, socket) => void socket.end() }));
    expect(await failed(broker.address, plain("x"))).toMatchObject({ code: "UNAVAILABLE" });
  });
});

describe("the object sasl", () => {
  it("rotates the password with a getter, and is not written to", async () => {
    const tokens: string[] = [];
    const broker = await secured(() => true, tokens);
    let password = "old";
    const sasl = {
      ...{ mechanism: "plain" as const, username: "alice" },
      get password(): string {
        return password;
      },
    };
    const client: KafkaClientOptions = { sasl: Object.freeze(sasl) };
    await polled(broker.address, client);
    password = "new";
    await polled(broker.address, client);
    expect(tokens).toEqual(["\0alice\0old", "\0alice\0new"]);
    expect(Object.keys(sasl)).toEqual(["mechanism", "username", "password"]);
  });

  it("rotates the password with a changed field", async () => {
    const tokens: string[] = [];
    const broker = await secured(() => true, tokens);
    const sasl = { mechanism: "plain" as const, username: "alice", password: "old" };
    await polled(broker.address, { sasl });
    sasl.password = "new";
    await polled(broker.address, { sasl });
    expect(tokens).toEqual(["\0alice\0old", "\0alice\0new"]);
  });

  it("may be of a class that keeps its password private", async () => {
    const tokens: string[] = [];
    const broker = await secured(() => true, tokens);
    class Credentials {
      readonly mechanism = "plain";
      readonly username = "alice";
      #password = "old";
      get password(): string {
        return this.#password;
      }
      rotate(): void {
        this.#password = "new";
      }
    }
    const sasl = new Credentials();
    await polled(broker.address, { sasl });
    sasl.rotate();
    await polled(broker.address, { sasl });
    expect(tokens).toEqual(["\0alice\0old", "\0alice\0new"]);
    expect(Object.keys(sasl)).toEqual(["mechanism", "username"]);
  });

  it("may be of a class whose method is the authenticator, and keeps count in private", async () => {
    const tokens: string[] = [];
    const broker = await secured(() => true, tokens);
    class Mine {
      readonly mechanism = "MINE";
      #asked = 0;
      authenticationProvider({ saslAuthenticate }: AuthenticationProviderArgs): Authenticator {
        const encode = (): Buffer => Buffer.from(new WireWriter().bytes(Buffer.from(`sesame ${++this.#asked}`)).finish());
        return { authenticate: async () => void (await saslAuthenticate({ request: { encode } })) };
      }
    }
    const sasl = Object.freeze(new Mine());
    await polled(broker.address, { sasl });
    await polled(broker.address, { sasl });
    expect(tokens).toEqual(["sesame 1", "sesame 2"]);
  });

  it("may be frozen, although kafkajs writes to it what AWS leaves out", async () => {
    const tokens: string[] = [];
    const broker = await secured(() => true, tokens);
    const keys = { authorizationIdentity: "id", accessKeyId: "key", secretAccessKey: "secret" };
    const sasl = Object.freeze({ mechanism: "aws" as const, ...keys, sessionToken: "", authenticationProvider: undefined });
    await polled(broker.address, { sasl });
    expect(tokens).toEqual(["id\0key\0secret\0"]);
  });

  it("gives OAUTHBEARER's token from its provider, asked at each connection", async () => {
    const tokens: string[] = [];
    const broker = await secured((token) => token.includes("auth=Bearer t"), tokens);
    let asked = 0;
    const oauthBearerProvider = async (): Promise<{ value: string }> => ({ value: `t${++asked}` });
    const client: KafkaClientOptions = { sasl: { mechanism: "oauthbearer", oauthBearerProvider } };
    await polled(broker.address, client);
    await polled(broker.address, client);
    expect(tokens).toEqual(["n,,\u0001auth=Bearer t1\u0001\u0001", "n,,\u0001auth=Bearer t2\u0001\u0001"]);
  });

  it("may fail to give a token: UNAVAILABLE, with its own words", async () => {
    const broker = await secured(() => true);
    const oauthBearerProvider = () => Promise.reject(new Error("the token endpoint is down"));
    expect(await failed(broker.address, { sasl: { mechanism: "oauthbearer", oauthBearerProvider } })).toMatchObject({
      ...{ code: "UNAVAILABLE", message: expect.stringContaining("the token endpoint is down") },
    });
  });

  it("may be a mechanism of the application's own", async () => {
    const tokens: string[] = [];
    const broker = await secured(() => true, tokens);
    const client: KafkaClientOptions = {
      sasl: {
        mechanism: "MINE",
        authenticationProvider: ({ saslAuthenticate }) => ({
          authenticate: async () => {
            const encode = (): Buffer => Buffer.from(new WireWriter().bytes(Buffer.from("open sesame")).finish());
            await saslAuthenticate({ request: { encode } });
          },
        }),
      },
    };
    await polled(broker.address, client);
    expect(tokens).toEqual(["open sesame"]);
  });
});

describe("an authenticator that waits for the broker", () => {
  it.each(["before it asks", "while it waits"])("is told when the connection is closed %s", async (when) => {
    const [begun, asked, told] = [gate<void>(), gate<void>(), gate<unknown>()];
    const broker = await listening(answering({ 17: handshake, 36: () => void asked.open() }));
    const sasl: KafkaClientOptions["sasl"] = {
      mechanism: "MINE",
      authenticationProvider: ({ saslAuthenticate }) => ({
        authenticate: async () => {
          begun.open();
          await saslAuthenticate({ request: { encode: () => Buffer.from("open sesame") } }).catch(told.open);
        },
      }),
    };
    const end = new AbortController();
    const poll = polled(broker.address, { sasl }, end.signal);
    await (when === "before it asks" ? begun.opened : asked.opened);
    end.abort(new Error("enough"));
    await expect(poll).rejects.toThrow("enough");
    expect(await told.opened).toMatchObject({ message: "enough" });
  });
});

describe("SASL before SaslAuthenticate (Kafka 0.10)", () => {
  async function old(answerToToken: Uint8Array) {
    let expectsToken = false;
    const script = answering({ 17: handshake, 18: () => apiVersions([3, 0, 13], [17, 0, 1], [60, 0, 2]) });
    return await listening((frame, socket) => {
      if (expectsToken) {
        expectsToken = false;
        return void socket.write(answerToToken);
      }
      expectsToken = readRequest(frame).apiKey === 17;
      script(frame, socket);
    });
  }

  it("works, although its tokens are frames without a header, and may be empty", async () => {
    const broker = await old(new Uint8Array(4));
    expect((await polled(broker.address, plain("x"))).brokers).toHaveLength(3);
  });

  it("row 19: with one token too many is MALFORMED_RESPONSE, not the end of the process", async () => {
    const broker = await old(new Uint8Array(8));
    expect(await failed(broker.address, plain("x"))).toMatchObject({ code: "MALFORMED_RESPONSE" });
    await broker.idle();
  });
});
