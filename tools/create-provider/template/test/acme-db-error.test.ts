import { DiscoveryError } from "@rollcall/core";
import { describe, expect, it } from "vitest";
import { acmeDbError, refusedStatus } from "../src/acme-db-error.js";

const asked = "GET /members of h:1";

describe("acmeDbError", () => {
  it("returns a DiscoveryError as it is", () => {
    const error = new DiscoveryError("TIMEOUT", "too late", { source: "core" });
    expect(acmeDbError(error, asked)).toBe(error);
  });

  it.each([
    ["ECONNREFUSED", "UNAVAILABLE"],
    ["ETIMEDOUT", "TIMEOUT"],
    ["HPE_INVALID_CONSTANT", "MALFORMED_RESPONSE"],
  ])("takes %s for %s, and keeps the cause", (code, expected) => {
    const cause = Object.assign(new Error("it went wrong"), { code });
    const error = acmeDbError(cause, asked);
    expect(error).toMatchObject({ code: expected, cause, message: `[acme-db] [${expected}] ${asked}: it went wrong` });
  });

  it("takes what an aborted request ends with for ABORTED", () => {
    expect(acmeDbError(AbortSignal.abort().reason, asked).code).toBe("ABORTED");
  });

  it("says what each address of a name said", () => {
    const errors = [new Error("connect ECONNREFUSED ::1:1"), new Error("connect ECONNREFUSED 127.0.0.1:1")];
    expect(acmeDbError(new AggregateError(errors), asked).message).toContain("::1:1, connect ECONNREFUSED 127.0.0.1:1");
  });

  it.each([
    ["undefined", undefined],
    ["a text", "no"],
    ["null", null],
    ["an object that cannot be printed", Object.create(null)],
    [
      "a getter that throws",
      {
        get message() {
          throw new Error("hostile");
        },
      },
    ],
  ])("is total: %s is UNAVAILABLE", (_what, thrown) => {
    expect(acmeDbError(thrown, asked).code).toBe("UNAVAILABLE");
  });
});

describe("a status", () => {
  it.each([
    [401, "UNAUTHENTICATED"],
    [403, "UNAUTHENTICATED"],
    [404, "MALFORMED_RESPONSE"],
    [302, "MALFORMED_RESPONSE"],
    [429, "UNAVAILABLE"],
    [503, "UNAVAILABLE"],
  ])("of %i means %s", (status, code) => {
    expect(refusedStatus(status, asked)).toMatchObject({
      code,
      message: expect.stringContaining(`${asked} was answered with status ${status}`),
    });
  });
});
