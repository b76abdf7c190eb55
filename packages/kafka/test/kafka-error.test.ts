import { createRequire } from "node:module";
import { createSecureContext } from "node:tls";
import { inspect } from "node:util";
import { DiscoveryError, isDiscoveryError } from "@rollcall/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answerError, errorName, kafkaError, saysRebootstrap } from "../src/kafka-error.js";

interface Errors {
  readonly [name: string]: new (message: unknown, details?: object) => Error;
}
const errors = createRequire(import.meta.url)("kafkajs/src/errors.js") as Errors;
const protocol = createRequire(import.meta.url)("kafkajs/src/protocol/error.js") as { createErrorFromCode(code: number): Error };

function made(name: string, message: string, details?: object): Error {
  const Made = errors[name];
  if (!Made) throw new Error(`kafkajs has no ${name}`);
  return new Made(message, details);
}

function thrownBy(act: () => unknown): Error {
  try {
    act();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("it threw no error");
}

const classified = (thrown: unknown) => kafkaError(thrown, "h:9092");

describe("what an exchange ended with", () => {
  it.each<[string, unknown, string]>([
    ["an error with a symbol for a name", { name: Symbol("x"), code: Object.create(null), message: "x" }, "UNAVAILABLE"],
    ["an error of a strange name", Object.assign(new Error("x"), { code: "constructor" }), "UNAVAILABLE"],
    ["a wrong password", made("KafkaJSSASLAuthenticationError", "SASL PLAIN authentication failed"), "UNAUTHENTICATED"],
    ["a mechanism that is not enabled", protocol.createErrorFromCode(33), "UNAUTHENTICATED"],
    ["SASL where it is not expected", protocol.createErrorFromCode(34), "UNAUTHENTICATED"],
    ["credentials that are refused", protocol.createErrorFromCode(58), "UNAUTHENTICATED"],
    ["no permission", protocol.createErrorFromCode(31), "UNAUTHENTICATED"],
    ["no SASL at all", made("KafkaJSServerDoesNotSupportApiKey", "no"), "UNAUTHENTICATED"],
    ["a version that nobody knows", protocol.createErrorFromCode(35), "MALFORMED_RESPONSE"],
    ["a closed connection", made("KafkaJSConnectionClosedError", "Closed connection", { host: "h", port: 1 }), "UNAVAILABLE"],
    ["a refused connection", made("KafkaJSConnectionError", "connect ECONNREFUSED", { code: "ECONNREFUSED" }), "UNAVAILABLE"],
    ["a TCP timeout", Object.assign(new Error("connect ETIMEDOUT"), { code: "ETIMEDOUT" }), "TIMEOUT"],
    ["a request that took too long", made("KafkaJSRequestTimeoutError", "timed out"), "TIMEOUT"],
    ["a broker's timeout", protocol.createErrorFromCode(7), "TIMEOUT"],
    ["anything else", new Error("boom"), "UNAVAILABLE"],
  ])("%s", (_what, thrown, code) => {
    expect(classified(thrown)).toMatchObject({ code, source: "kafka", cause: thrown, message: expect.stringContaining("h:9092: ") });
  });

  it("names an option to look at where one may be the reason", () => {
    const node = (code: string): string => classified(Object.assign(new Error("no"), { code })).message;
    expect(node("SELF_SIGNED_CERT_IN_CHAIN")).toContain("; check ssl in the option client");
    expect(node("UNABLE_TO_VERIFY_LEAF_SIGNATURE")).toContain("; check ssl in the option client");
    expect(node("ERR_TLS_CERT_ALTNAME_INVALID")).toContain("; check ssl in the option client");
    expect(node("ECONNRESET")).toContain(
      "whose TLS or SASL is not what it expects: check ssl and sasl in the option client, or it is no Kafka broker",
    );
    expect(classified(made("KafkaJSSASLAuthenticationError", "no")).message).toContain("; check sasl in the option client");
    expect(node("ECONNREFUSED")).not.toContain("check");
  });

  it("is said in OpenSSL's reason, without its internals", () => {
    const message = "80C0:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:ssl3_record.c:350:\n";
    const details = { code: "ERR_SSL_WRONG_VERSION_NUMBER", library: "SSL routines", reason: "wrong version number" };
    const error = classified(Object.assign(new Error(message), details));
    const said = "h:9092: wrong version number (SSL routines); check ssl in the option client";
    expect(error.message).toBe(`[kafka] [UNAVAILABLE] ${said}`);
  });

  it.each([1234567, 1234567n, Symbol("1234567")])("never tells the value that Node refuses: %o", (secret) => {
    const thrown = thrownBy(() => createSecureContext({ key: "x", passphrase: secret as never }));
    const wrapped = made("KafkaJSConnectionError", `Failed to connect: ${thrown.message}`);
    for (const error of [thrown, wrapped, new AggregateError([thrown])]) {
      expect(inspect(error)).toContain("1234567");
      expect(classified(error).message).toMatch(/"options.passphrase" property must be of type string$/);
      expect(inspect(classified(error), { depth: Number.POSITIVE_INFINITY })).not.toContain("1234567");
    }
  });

  it("is said although Node gives it no message", () => {
    const tried = ["::1", "127.0.0.1"].map((host) => new Error(`connect ECONNREFUSED ${host}:9092`));
    const error = classified(Object.assign(new AggregateError(tried), { code: "ECONNREFUSED" }));
    expect(error.message).toContain("connect ECONNREFUSED ::1:9092, connect ECONNREFUSED 127.0.0.1:9092");
  });

  it("is left as it is if it is a DiscoveryError", () => {
    const error = new DiscoveryError("HELD", "so", { source: "core" });
    expect(classified(error)).toBe(error);
  });

  it("is always a DiscoveryError, whatever was thrown", () => {
    const refuse = (): never => {
      throw new Error("hands off");
    };
    const hostile = new Proxy({}, { get: refuse });
    for (const thrown of [undefined, null, "text", 7, hostile, Object.create(null)]) expect(classified(thrown).code).toBe("UNAVAILABLE");
    const anything = fc.anything({ withNullPrototype: true, withBigInt: true });
    fc.assert(fc.property(anything, (thrown) => isDiscoveryError(classified(thrown)) && typeof saysRebootstrap(thrown) === "boolean"));
  });
});

describe("the code of an answer", () => {
  it("has Kafka's name", () => {
    expect([0, 3, 29, 4711].map(errorName)).toEqual([undefined, "UNKNOWN_TOPIC_OR_PARTITION", "TOPIC_AUTHORIZATION_FAILED", "error 4711"]);
  });

  it("is kept: 129 says that the client begins anew", () => {
    expect(saysRebootstrap(answerError(129, "Metadata"))).toBe(true);
    expect(saysRebootstrap(answerError(114, "Metadata"))).toBe(false);
    expect(saysRebootstrap(Object.assign(new Error("other"), { cause: { code: 129 } }))).toBe(false);
  });
});
