import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { DiscoveryError, type DiscoveryErrorCode, isDiscoveryError, toDiscoveryError } from "../src/index.js";

const BRAND = Symbol.for("rollcall.DiscoveryError");

describe("DiscoveryError", () => {
  it("says who and what in its message, and keeps the cause as it is", () => {
    const cause = { any: "thing" };
    const error = new DiscoveryError("UNAVAILABLE", "no answer", { source: "etcd", cause });
    expect(error).toMatchObject({ name: "DiscoveryError", code: "UNAVAILABLE", source: "etcd", message: "[etcd] [UNAVAILABLE] no answer" });
    expect(error.cause).toBe(cause);
    expect(error).toBeInstanceOf(Error);
    expect("cause" in new DiscoveryError("CLOSED", "x", { source: "core" })).toBe(false);
    expect("cause" in new DiscoveryError("CLOSED", "x", { source: "core", cause: undefined })).toBe(true);
  });

  it("is retryable exactly when trying again can help", () => {
    const expected: Readonly<Record<DiscoveryErrorCode, boolean>> = {
      INVALID_OPTIONS: false,
      UNAVAILABLE: true,
      TIMEOUT: true,
      UNAUTHENTICATED: false,
      MALFORMED_RESPONSE: true,
      EMPTY_METADATA: true,
      FOREIGN_CLUSTER: false,
      HELD: true,
      ABORTED: false,
      CLOSED: false,
    };
    for (const [code, retryable] of Object.entries(expected)) {
      expect(new DiscoveryError(code as DiscoveryErrorCode, "x", { source: "core" })).toMatchObject({ code, retryable });
    }
  });
});

describe("isDiscoveryError", () => {
  it("recognises errors of another copy of the package", async () => {
    vi.resetModules();
    const copy = await import("../src/discovery-error.js");
    expect(copy.DiscoveryError).not.toBe(DiscoveryError);
    const foreign = new copy.DiscoveryError("TIMEOUT", "late", { source: "copy" });
    expect(foreign).not.toBeInstanceOf(DiscoveryError);
    expect([isDiscoveryError(foreign), copy.isDiscoveryError(new DiscoveryError("TIMEOUT", "x", { source: "core" }))]).toEqual([
      true,
      true,
    ]);
    expect(toDiscoveryError(foreign, "core")).toBe(foreign);
  });

  it("goes by the brand alone, and is false for anything else", () => {
    expect(isDiscoveryError({ [BRAND]: true })).toBe(true);
    for (const value of [undefined, null, "text", 5, BRAND, {}, new Error("x"), { code: "TIMEOUT", source: "s", retryable: true }]) {
      expect(isDiscoveryError(value)).toBe(false);
    }
  });
});

function boom(): never {
  throw new Error("a trap");
}
const revoked = Proxy.revocable({}, {});
revoked.revoke();

/** What a driver, a plugin or somebody with bad intentions might throw. */
const HOSTILE: Readonly<Record<string, unknown>> = {
  "a revoked proxy": revoked.proxy,
  "a proxy that refuses everything": new Proxy({}, { has: boom, get: boom, getPrototypeOf: boom }),
  "an error that refuses to be looked into": new Proxy(new Error("x"), { has: boom }),
  "a function that refuses to be printed": new Proxy(() => undefined, { get: boom, getPrototypeOf: boom }),
  "an object without a prototype": Object.create(null),
  "an error whose message is a symbol": Object.assign(new Error("x"), { message: Symbol("no text") }),
  "an error whose message cannot be printed": Object.assign(new Error("x"), { message: Object.create(null) }),
  "an error whose message throws": Object.defineProperty(new Error("x"), "message", { get: boom }),
  "an object whose toString throws": { toString: boom },
  "an object that is no primitive": { [Symbol.toPrimitive]: () => ({}) },
  "a symbol": Symbol("thrown"),
};

function expectFallback(thrown: unknown): void {
  const error = toDiscoveryError(thrown, "test", "TIMEOUT");
  expect(error instanceof DiscoveryError).toBe(true);
  expect([error.code, typeof error.message, Object.is(error.cause, thrown)]).toEqual(["TIMEOUT", "string", true]);
}

describe("toDiscoveryError", () => {
  it("returns a DiscoveryError as it is, whatever the fallback", () => {
    const error = new DiscoveryError("HELD", "x", { source: "a" });
    expect(toDiscoveryError(error, "b", "TIMEOUT")).toBe(error);
  });

  it("makes of anything else the fallback, UNAVAILABLE by default, with the value as its cause", () => {
    const cause = new RangeError("too far");
    expect(toDiscoveryError(cause, "etcd")).toMatchObject({ message: "[etcd] [UNAVAILABLE] too far", cause });
    expect(toDiscoveryError("text", "etcd", "TIMEOUT")).toMatchObject({ message: "[etcd] [TIMEOUT] text", cause: "text" });
    expect(toDiscoveryError(undefined, "etcd")).toMatchObject({ message: "[etcd] [UNAVAILABLE] undefined", cause: undefined });
  });

  it("shows the code of an error without a message, which is how Node says that no address of a name could be dialled", () => {
    const refused = Object.assign(new AggregateError([]), { code: "ECONNREFUSED" });
    expect(toDiscoveryError(refused, "etcd").message).toBe("[etcd] [UNAVAILABLE] ECONNREFUSED");
    expect(toDiscoveryError(new RangeError(), "etcd").message).toBe("[etcd] [UNAVAILABLE] RangeError");
  });

  it("never throws, whatever was thrown", () => {
    fc.assert(fc.property(fc.anything({ withNullPrototype: true, withBigInt: true, withSparseArray: true }), expectFallback));
  });

  it.each(Object.keys(HOSTILE))("never throws for %s", (name) => {
    expectFallback(HOSTILE[name]);
  });
});
