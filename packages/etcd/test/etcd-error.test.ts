import { DiscoveryError, isDiscoveryError } from "@rollcall/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { etcdError, refusedByEtcd, refusesToken, saysAuthIsOff } from "../src/etcd-error.js";
import { status } from "./support/fake-transport.js";

describe("etcdError", () => {
  it.each([
    [14, "etcdserver: no leader", "UNAVAILABLE"],
    [14, "etcdserver: request timed out", "UNAVAILABLE"],
    [14, "etcdserver: request timed out, possibly due to previous leader failure", "UNAVAILABLE"],
    [14, "etcdserver: leader changed", "UNAVAILABLE"],
    [14, "etcdserver: server stopped", "UNAVAILABLE"],
    [14, "etcdserver: unhealthy cluster", "UNAVAILABLE"],
    [14, "etcdserver: rpc not supported for learner", "UNAVAILABLE"],
    [9, "etcdserver: rpc not supported for learner", "UNAVAILABLE"],
    [14, "Connection dropped", "UNAVAILABLE"],
    [2, "raft: stopped", "UNAVAILABLE"],
    [13, "Received RST_STREAM with code 2", "UNAVAILABLE"],
    [8, "Bandwidth exhausted or memory limit exceeded", "UNAVAILABLE"],
    [8, "Received message larger than max (262145 vs 262144)", "MALFORMED_RESPONSE"],
    [8, "Received message that decompresses to a size larger than 262144", "MALFORMED_RESPONSE"],
    [4, "Deadline exceeded", "TIMEOUT"],
    [1, "Call cancelled", "TIMEOUT"],
    [3, "etcdserver: user name is empty", "UNAUTHENTICATED"],
    [3, "etcdserver: revision of auth store is old", "UNAUTHENTICATED"],
    [3, "etcdserver: authentication failed, invalid user ID or password", "UNAUTHENTICATED"],
    [16, "etcdserver: invalid auth token", "UNAUTHENTICATED"],
    [7, "etcdserver: permission denied", "UNAUTHENTICATED"],
    [7, "Received HTTP status code 403", "UNAUTHENTICATED"],
    [12, "Received HTTP status code 404", "MALFORMED_RESPONSE"],
  ] as const)("classifies %i %s as %s", (code, details, expected) => {
    const thrown = status(code, details);
    const error = etcdError(thrown, "MemberList");
    expect(error.code).toBe(expected);
    expect(error.source).toBe("etcd");
    expect(error.cause).toBe(thrown);
    expect(error.message).toContain(details);
    expect(error.message).toContain("MemberList");
  });

  /** As grpc-js 1.12, 1.13 and 1.14 report it. */
  const wrapped = (said: string): readonly string[] => [
    `No connection established. Last error: ${said} (2026-11-27T03:36:10.174Z)`,
    `No connection established. Last error: Error: ${said}`,
    `No connection established. Last error: ${said} (2026-11-27T03:36:10.174Z). Resolution note: `,
    `No connection established. Last error: Error: ${said}. Resolution note: `,
  ];

  it.each(wrapped("connect ECONNREFUSED 127.0.0.1:9"))("says of no connection only why: %s", (details) => {
    expect(etcdError(status(14, details), "MemberList")).toMatchObject({
      code: "UNAVAILABLE",
      message: "[etcd] [UNAVAILABLE] MemberList: connect ECONNREFUSED 127.0.0.1:9",
    });
  });

  it("keeps a note that says something", () => {
    const { message } = etcdError(status(14, "No connection established. Last error: a. Resolution note: b"), "MemberList");
    expect(message).toBe("[etcd] [UNAVAILABLE] MemberList: a (b)");
  });

  it.each([
    ...wrapped("Protocol error"),
    ...wrapped("80:error:0A:SSL routines:ssl3_read_bytes:tlsv1 alert no application protocol:rec_layer_s3.c:1601:SSL alert number 120\n"),
    "Received RST_STREAM with code 2 triggered by internal client error: Protocol error",
  ])("knows a server of another kind: %s", (details) => {
    expect(etcdError(status(details.startsWith("R") ? 13 : 14, details), "MemberList")).toMatchObject({
      code: "MALFORMED_RESPONSE",
      message: "[etcd] [MALFORMED_RESPONSE] MemberList: it answered, but not in HTTP/2, as an HTTP/1 server does: it is no etcd member",
    });
  });

  it("repeats of what a server says only what a log can take", () => {
    const { message } = etcdError(status(14, `\u001b[2J\r\nfake line\u202e${"x".repeat(10_000)}`), "MemberList");
    expect(message).toMatch(/^\[etcd\] \[UNAVAILABLE\] MemberList ended with gRPC status 14: {2}\[2J fake line x{980,}…$/);
    expect(message.length).toBeLessThan(1_100);
  });

  it("returns a DiscoveryError as it is", () => {
    const error = new DiscoveryError("EMPTY_METADATA", "nobody", { source: "etcd" });
    expect(etcdError(error, "MemberList")).toBe(error);
  });

  it("never throws, whatever was thrown", () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error("no");
        },
      },
    );
    expect(etcdError(hostile, "MemberList").code).toBe("UNAVAILABLE");
    expect(refusesToken(hostile)).toBe(false);
    expect(refusedByEtcd(hostile)).toBe(false);
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        expect(isDiscoveryError(etcdError(thrown, "MemberList"))).toBe(true);
        expect(saysAuthIsOff(thrown)).toBe(false);
      }),
    );
  });
});

describe("refusesToken", () => {
  it.each(["user name is empty", "revision of auth store is old", "invalid auth token"])("is true for %s", (details) => {
    expect(refusesToken(status(3, `etcdserver: ${details}`))).toBe(true);
  });

  it("is false for a wrong password, which a new attempt cannot mend", () => {
    expect(refusesToken(status(3, "etcdserver: authentication failed, invalid user ID or password"))).toBe(false);
  });
});

describe("refusedByEtcd", () => {
  it.each([
    [3, "etcdserver: user name is empty", true],
    [3, "etcdserver: revision of auth store is old", true],
    [16, "etcdserver: invalid auth token", true],
    [7, "etcdserver: permission denied", true],
    [3, "etcdserver: authentication failed, invalid user ID or password", true],
    [14, "etcdserver: no leader", false],
    [16, "Jwt is missing", false],
    [7, "permission denied", false],
    [7, "proxy: etcdserver: permission denied", false],
    [7, "etcdserver: permission denied by the proxy", false],
  ] as const)("of %i %s is %s", (code, details, expected) => {
    expect(refusedByEtcd(status(code, details))).toBe(expected);
  });
});
