import { describe, expect, it } from "vitest";
import { withHost } from "../src/host-header.js";
import { isMembersFault } from "../src/members-fault.js";
import { serviceOf } from "../src/service.js";
import { connectAs, serverName, tlsNameOf } from "../src/tls-name.js";

describe("withHost", () => {
  it.each([
    ["nothing", undefined, { host: "h" }],
    ["null", null, { host: "h" }],
    ["an object", { a: "1" }, { a: "1", host: "h" }],
    ["a list", ["a", "1"], ["a", "1", "host", "h"]],
    ["a Map", new Map([["a", "1"]]), ["a", "1", "host", "h"]],
    ["pairs with several values", new Map([["a", ["1", "2"]]]), ["a", ["1", "2"], "host", "h"]],
    ["Headers", new Headers({ a: "1" }), ["a", "1", "host", "h"]],
    ["a list in which host is a value", ["a", "host"], ["a", "host", "host", "h"]],
  ])("adds the host to %s", (_what, given, expected) => expect(withHost(given as never, "h")).toEqual(expected));

  it.each([
    ["an object", { HOST: "own" }, { HOST: "own" }],
    ["a list", ["Host", "own"], ["Host", "own"]],
    ["a Map", new Map([["Host", "own"]]), ["Host", "own"]],
  ])("leaves the host that is in %s", (_what, given, expected) => expect(withHost(given as never, "h")).toEqual(expected));
});

describe("isMembersFault", () => {
  const unsent = { sent: false, answered: false, aborted: false };
  const sent = { ...unsent, sent: true };
  const error = (code: string, more: object = {}): Error => Object.assign(new Error(code), { code, ...more });

  it.each([
    ["a refused connection", error("ECONNREFUSED", { syscall: "connect" }), unsent, true],
    ["an unknown host", error("ENOTFOUND", { syscall: "getaddrinfo" }), unsent, true],
    ["a wrong certificate", error("CERT_HAS_EXPIRED"), unsent, true],
    ["what a caller gave that undici cannot read, when it comes to it", new Error("own"), unsent, false],
    ["a slow connection", error("UND_ERR_CONNECT_TIMEOUT"), unsent, true],
    ["a request that undici refuses", error("UND_ERR_INVALID_ARG"), unsent, false],
    ["a pool that was destroyed", error("UND_ERR_DESTROYED"), unsent, false],
    ["a lost connection", error("ECONNRESET", { syscall: "read" }), sent, true],
    ["a connection that the member ended", error("UND_ERR_SOCKET"), sent, true],
    ["no answer in time", error("UND_ERR_HEADERS_TIMEOUT"), sent, true],
    ["an answer that pauses", error("UND_ERR_BODY_TIMEOUT"), { ...sent, answered: true }, false],
    ["an answer that is too large", error("UND_ERR_RES_EXCEEDED_MAX_SIZE"), { ...sent, answered: true }, false],
    ["a caller's error", new Error("own"), sent, false],
    ["a body that reads a file that is not there", error("ENOENT", { syscall: "open" }), sent, false],
    ["a caller who breaks off", error("ECONNRESET", { syscall: "read" }), { ...sent, aborted: true }, false],
    [
      "a caller whose time is up",
      AbortSignal.timeout(0).reason ?? new DOMException("time", "TimeoutError"),
      { ...sent, aborted: true },
      true,
    ],
    ["the same before anything was sent", new DOMException("time", "TimeoutError"), { ...unsent, aborted: true }, false],
    ["the same in the middle of an answer", new DOMException("time", "TimeoutError"), { sent: true, answered: true, aborted: true }, false],
  ])("%s", (_what, thrown, progress, expected) => expect(isMembersFault(thrown, progress, {}, false)).toBe(expected));

  it("is none when the caller's stream broke", () => {
    const broken = { body: { errored: new Error("broke") } };
    expect(isMembersFault(error("ECONNRESET", { syscall: "read" }), unsent, broken, false)).toBe(false);
    expect(isMembersFault(error("ECONNREFUSED"), unsent, { body: { errored: null } }, false)).toBe(true);
  });

  it("is whatever a user's connect function fails with", () => {
    expect(isMembersFault("a text", unsent, {}, true)).toBe(true);
  });

  it("is none when undici 8 takes a request out of its queue for the caller's signal", () => {
    const signal = AbortSignal.abort(new Error("own"));
    expect(isMembersFault(signal.reason, unsent, { signal }, true)).toBe(false);
    expect(isMembersFault(error("ECONNREFUSED"), unsent, { signal }, true)).toBe(true);
  });
});

describe("TLS names", () => {
  const service = serviceOf("https://orders.cluster:8443");
  const member = (tlsName?: string | number) => ({ id: "a", host: "10.0.0.1", port: 1, ...(tlsName && { attributes: { tlsName } }) });

  it.each([
    ["the URL's host without port", undefined, undefined, "orders.cluster"],
    ["the attribute", "a.example", undefined, "a.example"],
    ["the user's own for all", "a.example", { servername: "own.example" }, "own.example"],
    ["the attribute without the dot that makes it absolute", "a.example.", undefined, "a.example"],
    ["no attribute that is no name", "a b", undefined, "orders.cluster"],
    ["no attribute that is no text", 1, undefined, "orders.cluster"],
    ["nothing of a connect function", undefined, () => undefined, "orders.cluster"],
  ])("are %s", (_what, attribute, connect, expected) => expect(tlsNameOf(member(attribute), service, connect as never)).toBe(expected));

  it("are the address in the URL without brackets", () => {
    expect(tlsNameOf(member(), serviceOf("https://[::1]:8443"), undefined)).toBe("::1");
  });

  it("are told to servers unless they are addresses, which are looked for in the certificate", () => {
    const own = (): undefined => undefined;
    expect([serverName("a.example"), serverName("10.0.0.1"), serverName("::1")]).toEqual(["a.example", undefined, undefined]);
    expect(connectAs("a.example", undefined)).toEqual({});
    expect(connectAs("a.example", { keepAlive: true })).toEqual({ connect: { keepAlive: true } });
    expect(connectAs("10.0.0.1", undefined)).toEqual({ connect: { checkServerIdentity: expect.any(Function) } });
    expect(connectAs("10.0.0.1", { checkServerIdentity: own } as never)).toEqual({ connect: { checkServerIdentity: own } });
    expect(connectAs("10.0.0.1", own as never)).toEqual({ connect: expect.any(Function) });
  });
});
