import { createSecureContext } from "node:tls";
import { inspect } from "node:util";
import { DiscoveryError, isDiscoveryError } from "@rollcall/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { requestName } from "../src/protocol/request-codes.js";
import { isTopicMissing, printable, refusedAnswer, rocketmqError } from "../src/rocketmq-error.js";

const classified = (thrown: unknown) => rocketmqError(thrown, "h:9876");
const node = (code: string) => classified(Object.assign(new Error("no"), { code }));
const answer = (code: number, remark?: string) => ({ code, remark, fields: {}, body: new Uint8Array() });

describe("what an exchange ended with", () => {
  it.each([
    ["ECONNREFUSED", "UNAVAILABLE", ""],
    ["ENOTFOUND", "UNAVAILABLE", ""],
    ["ETIMEDOUT", "TIMEOUT", ""],
    [
      "ECONNRESET",
      "UNAVAILABLE",
      "; a server does that to a client whose TLS is not what it expects: check the option tls, or it is no RocketMQ server",
    ],
    [
      "EPIPE",
      "UNAVAILABLE",
      "; a server does that to a client whose TLS is not what it expects: check the option tls, or it is no RocketMQ server",
    ],
    ["SELF_SIGNED_CERT_IN_CHAIN", "UNAVAILABLE", "; give the authority that signed the server's certificate in tls.ca"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "UNAVAILABLE", "; give the authority that signed the server's certificate in tls.ca"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "UNAVAILABLE", "; give the authority that signed the server's certificate in tls.ca"],
    ["CERT_SIGNATURE_FAILURE", "UNAVAILABLE", "; give the authority that signed the server's certificate in tls.ca"],
    ["CERT_HAS_EXPIRED", "UNAVAILABLE", "; the server needs a certificate that is valid now"],
    [
      "ERR_TLS_CERT_ALTNAME_INVALID",
      "UNAVAILABLE",
      "; if it is the right server, give a name that its certificate carries in tls.serverName",
    ],
    [
      "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
      "UNAUTHENTICATED",
      "; the server wants another certificate of its client: check tls.cert and tls.key",
    ],
    [
      "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA",
      "UNAUTHENTICATED",
      "; the server wants another certificate of its client: check tls.cert and tls.key",
    ],
    [
      "ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE",
      "UNAUTHENTICATED",
      "; the server wants another certificate of its client: check tls.cert and tls.key",
    ],
    [
      "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE",
      "UNAVAILABLE",
      "; the server refuses the handshake, as one does that wants a certificate of its client: check the option tls",
    ],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "UNAVAILABLE", "; check the option tls; the server may speak no TLS"],
    ["EPROTO", "UNAVAILABLE", "; check the option tls; the server may speak no TLS"],
  ])("row 19: %s is %s, and what to do stands there", (mark, code, advice) => {
    expect(node(mark)).toMatchObject({ code, source: "rocketmq", message: `[rocketmq] [${code}] h:9876: no${advice}` });
  });

  it("may be a signal's own reason", () => {
    expect(classified(AbortSignal.abort().reason).code).toBe("ABORTED");
    expect(classified(new DOMException("too late", "TimeoutError")).code).toBe("TIMEOUT");
  });

  it("is said in OpenSSL's reason, without its internals", () => {
    const message = "80C0:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:ssl3_record.c:350:\n";
    const details = { code: "ERR_SSL_WRONG_VERSION_NUMBER", library: "SSL routines", reason: "wrong version number" };
    expect(classified(Object.assign(new Error(message), details)).message).toContain(
      "h:9876: wrong version number (SSL routines); check the option tls",
    );
  });

  it("is said although Node gives it no message", () => {
    const tried = ["::1", "127.0.0.1"].map((host) => new Error(`connect ECONNREFUSED ${host}:9876`));
    const error = classified(Object.assign(new AggregateError(tried), { code: "ECONNREFUSED" }));
    expect(error.message).toContain("connect ECONNREFUSED ::1:9876, connect ECONNREFUSED 127.0.0.1:9876");
  });

  it.each([1234567, 1234567n, Symbol("1234567")])("never tells the value that Node refuses: %o", (secret) => {
    let thrown: unknown;
    try {
      createSecureContext({ key: secret as never });
    } catch (error) {
      thrown = error;
    }
    for (const one of [thrown, new AggregateError([thrown])]) {
      expect(inspect(one)).toContain("1234567");
      expect(classified(one).message).toContain("property must be of type string");
      expect(inspect(classified(one), { depth: Number.POSITIVE_INFINITY })).not.toContain("1234567");
    }
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
    fc.assert(fc.property(anything, (thrown) => isDiscoveryError(classified(thrown))));
  });
});

describe("an answer that is no success", () => {
  it.each([
    [
      1,
      "name server not ready",
      "UNAVAILABLE",
      "SYSTEM_ERROR: name server not ready; it has just started, and waits for brokers to register",
    ],
    [1, "register broker failed", "UNAVAILABLE", "SYSTEM_ERROR: register broker failed"],
    [2, "[REJECTREQUEST]system busy", "UNAVAILABLE", "SYSTEM_BUSY: [REJECTREQUEST]system busy"],
    [14, undefined, "UNAVAILABLE", "SERVICE_NOT_AVAILABLE"],
    [1500, "please go away", "UNAVAILABLE", "GO_AWAY: please go away"],
  ] as const)("row 21: %i, %s, is %s, so that the next server is asked", (code, remark, kind, said) => {
    expect(isTopicMissing(answer(code, remark))).toBe(false);
    const { message, retryable } = refusedAnswer(answer(code, remark), "the route of T at h:9876");
    expect(message).toBe(`[rocketmq] [${kind}] the route of T at h:9876 was answered with ${said}`);
    expect(retryable).toBe(true);
  });

  it.each([
    [
      3,
      "request type 106 not supported",
      "MALFORMED_RESPONSE",
      "it does not know this request: a broker's or proxy's port, not a nameserver's",
    ],
    [16, "no permission", "UNAUTHENTICATED", "NO_PERMISSION: no permission; check the option acl"],
    [29, undefined, "MALFORMED_RESPONSE", "INVALID_PARAMETER"],
    [4711, undefined, "MALFORMED_RESPONSE", "code 4711"],
    [-1, undefined, "MALFORMED_RESPONSE", "code -1"],
  ] as const)("%i is %s", (code, remark, kind, said) => {
    const error = refusedAnswer(answer(code, remark), "the brokers of h:9876");
    expect(error.code).toBe(kind);
    expect(error.message.endsWith(said), error.message).toBe(true);
  });

  it("17 is a topic that is missing", () => {
    expect([0, 1, 2, 14, 16, 17, 1500].map((code) => isTopicMissing(answer(code)))).toEqual([
      false,
      false,
      false,
      false,
      false,
      true,
      false,
    ]);
  });

  it("has a remark of any length in one line", () => {
    const remark = `org.apache.rocketmq.Exception: no\r\n\tat ${"x".repeat(100_000)}\u001b[31m`;
    const { message } = refusedAnswer(answer(1, remark), "it");
    expect(message).toMatch(/SYSTEM_ERROR: org\.apache\.rocketmq\.Exception: no at x+…$/);
    expect(message.length).toBeLessThan(280);
  });
});

describe("printable", () => {
  it("is one short line of what was said, whatever that was", () => {
    expect(printable("  a\n\tb\u0000\u001b[2Jc\u2028d ")).toBe("a b [2Jc d");
    expect(printable("a\u202eb")).toBe("a b");
    expect(printable("12345", 5)).toBe("12345");
    expect(printable("123456", 5)).toBe("12345…");
    const property = fc.property(fc.string({ unit: "binary", maxLength: 50 }), (text) => /^[^\p{Cc}\n]{0,11}$/u.test(printable(text, 10)));
    fc.assert(property, { seed: 3 });
  });
});

describe("the name of a request", () => {
  it("is RocketMQ's", () => {
    expect([106, 105, 999].map(requestName)).toEqual(["GET_BROKER_CLUSTER_INFO", "GET_ROUTEINFO_BY_TOPIC", "request 999"]);
  });
});
