import { getEventListeners } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DiscoveryError, dnsSeeds, fromSeeds, MetadataPoller } from "../src/index.js";
import { DnsServer } from "./support/dns-server.js";
import { codeOf } from "./support/setup.js";

let server: DnsServer;
beforeAll(async () => {
  server = await DnsServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

const { signal } = new AbortController();
const ask = (host: string, timeoutMs?: number) => dnsSeeds(host, 7, { resolver: server.resolver(timeoutMs) })({ signal });

describe("dnsSeeds, asking name servers", () => {
  it("gives every address of both families with the port, sorted, once, IPv6 in brackets", async () => {
    server.names.set("both.test", { A: ["10.0.0.2", "10.0.0.1", "10.0.0.2"], AAAA: ["fd00::2", "fd00::1"] });
    expect(await ask("both.test")).toEqual(["10.0.0.1:7", "10.0.0.2:7", "[fd00::1]:7", "[fd00::2]:7"]);
  });

  it("is what fromSeeds takes", async () => {
    server.names.set("live.test", { A: ["10.0.0.1"], AAAA: ["fd00::1"] });
    const poller = new MetadataPoller(fromSeeds(dnsSeeds("live.test", 7, { resolver: server.resolver() })));
    const { endpoints } = await poller.ready();
    expect(endpoints.map(({ host, port }) => [host, port])).toEqual([
      ["10.0.0.1", 7],
      ["fd00::1", 7],
    ]);
    await poller.close();
  });

  it("resolves anew at every call", async () => {
    const seeds = dnsSeeds("pods.test", 7, { resolver: server.resolver() });
    for (const pod of ["10.0.0.1", "10.0.0.2", "10.0.0.3"]) {
      server.names.set("pods.test", { A: [pod] });
      expect(await seeds({ signal })).toEqual([`${pod}:7`]);
    }
  });

  it("IPv4 alone is enough when the other family has none", async () => {
    server.names.set("one.test", { A: ["10.0.0.1"] });
    expect(await ask("one.test", 1_000)).toEqual(["10.0.0.1:7"]);
  });

  it.each([
    ["fails", "SERVFAIL", "UNAVAILABLE"],
    ["is refused", "REFUSED", "UNAVAILABLE"],
    ["stays silent", "silence", "TIMEOUT"],
  ] as const)("one family is not taken for everything when the other %s", async (_what, AAAA, code) => {
    server.names.set("one.test", { A: ["10.0.0.1"], faults: { AAAA } });
    await expect(ask("one.test", 500)).rejects.toThrow(`[dns] [${code}]`);
  });

  it("IPv6 alone is enough", async () => {
    server.names.set("six.test", { AAAA: ["fd00::1"] });
    expect(await ask("six.test")).toEqual(["[fd00::1]:7"]);
  });

  it("asks again over TCP when the answer is cut off, so that none of hundreds of pods is missing", async () => {
    const pods = Array.from({ length: 600 }, (_, at) => `10.0.${at >> 8}.${at & 255}`);
    server.names.set("many.test", { A: pods, truncated: true });
    const resolver = server.resolver();
    const resolve6 = () => Promise.reject(Object.assign(new Error("none"), { code: "ENODATA" }));
    const seeds = await dnsSeeds("many.test", 7, { resolver: { resolve4: (host) => resolver.resolve4(host), resolve6 } })({ signal });
    expect(seeds).toHaveLength(600);
    expect(server.questions).toContain("udp A many.test");
    expect(server.questions).toContain("tcp A many.test");
  });

  it.each([
    ["a name that does not exist", undefined, "UNAVAILABLE", "ENOTFOUND"],
    ["a name without addresses", {}, "UNAVAILABLE", "ENODATA"],
    ["a server that fails", "SERVFAIL", "UNAVAILABLE", "ESERVFAIL"],
    ["a server that refuses", "REFUSED", "UNAVAILABLE", "EREFUSED"],
    ["a server that says nothing", "silence", "TIMEOUT", "ETIMEOUT"],
    ["families that fail in different ways", { faults: { A: "silence" } }, "TIMEOUT", "ETIMEOUT, ENODATA"],
  ] as const)("%s is one error that names the host and what DNS said", async (_what, said, code, dnsCode) => {
    server.names.delete("bad.test");
    if (said !== undefined) server.names.set("bad.test", said);
    const error: unknown = await ask("bad.test", 500).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DiscoveryError);
    expect(error).toMatchObject({ code, source: "dns", message: `[dns] [${code}] DNS has no answer for bad.test: ${dnsCode}` });
    expect((error as { cause: AggregateError }).cause.errors).toHaveLength(2);
  });

  it("a server that is not there is UNAVAILABLE, with its code", async () => {
    const gone = await DnsServer.start();
    const resolver = gone.resolver();
    await gone[Symbol.asyncDispose]();
    await expect(dnsSeeds("a.test", 7, { resolver })({ signal })).rejects.toThrow(/\[UNAVAILABLE\].*a\.test: ECONNREFUSED$/);
  });

  it("gives up at once when its signal fires, and leaves no listener", async () => {
    server.names.set("silent.test", "silence");
    const controller = new AbortController();
    const reason = new DiscoveryError("TIMEOUT", "enough", { source: "test" });
    const outcome = dnsSeeds("silent.test", 7, { resolver: server.resolver(50) })(controller);
    controller.abort(reason);
    await expect(outcome).rejects.toBe(reason);
    expect(getEventListeners(signal, "abort")).toEqual([]); // nor did any of the calls before
  });

  it("asks nobody when its signal has fired already", async () => {
    const asked: string[] = [];
    const resolve = async (host: string) => [String(asked.push(host))];
    const seeds = dnsSeeds("a.test", 7, { resolver: { resolve4: resolve, resolve6: resolve } });
    await expect(seeds({ signal: AbortSignal.abort() })).rejects.toThrow("[dns] [ABORTED]");
    expect(asked).toEqual([]);
  });

  it("does not cancel what others ask the same resolver", async () => {
    server.names.set("silent.test", "silence");
    server.names.set("fine.test", { A: ["10.0.0.1"] });
    const resolver = server.resolver(500);
    const controller = new AbortController();
    const given = codeOf(dnsSeeds("silent.test", 7, { resolver })(controller));
    const other = dnsSeeds("fine.test", 7, { resolver })({ signal });
    controller.abort();
    expect(await given).toBe("ABORTED");
    expect(await other).toEqual(["10.0.0.1:7"]);
  });

  it("takes any object that resolves both families", async () => {
    const resolver = { resolve4: async () => ["10.0.0.1"], resolve6: async () => [] };
    expect(await dnsSeeds("a.test", 7, { resolver })({ signal })).toEqual(["10.0.0.1:7"]);
    const broken = { ...resolver, resolve6: () => Promise.reject("nonsense") };
    await expect(dnsSeeds("a.test", 7, { resolver: broken })({ signal })).rejects.toThrow("a.test: ENODATA, nonsense");
    const empty = { resolve4: async () => [], resolve6: () => Promise.reject(undefined) };
    await expect(dnsSeeds("a.test", 7, { resolver: empty })({ signal })).rejects.toThrow("a.test: ENODATA, undefined");
  });
});

it("dnsSeeds with a resolver that throws at once rejects, and leaves no rejection unhandled", async () => {
  const boom = (): never => {
    throw new Error("no v6 here");
  };
  const resolver = { resolve4: () => Promise.reject(new Error("no v4 either")), resolve6: boom };
  await expect(dnsSeeds("a.test", 7, { resolver })({ signal })).rejects.toThrow("[UNAVAILABLE]");
});

describe("dnsSeeds, asking the system", () => {
  it("knows what the hosts file knows", async () => {
    expect(await dnsSeeds("localhost", 7)({ signal })).toContain("127.0.0.1:7");
  });

  it("takes an address as it is", async () => {
    expect(await dnsSeeds("fd00::1", 7)({ signal })).toEqual(["[fd00::1]:7"]);
  });

  it("a name that it cannot resolve is UNAVAILABLE", async () => {
    const tooLong = "a".repeat(64);
    await expect(dnsSeeds(tooLong, 7)({ signal })).rejects.toThrow(`[dns] [UNAVAILABLE] DNS has no answer for ${tooLong}: E`);
  });

  it("gives up at once when its signal fires", async () => {
    const controller = new AbortController();
    const outcome = codeOf(dnsSeeds("localhost", 7)(controller));
    controller.abort();
    expect(await outcome).toBe("ABORTED");
  });
});

describe("dnsSeeds, given nonsense", () => {
  it.each([
    [["", 7], 'dnsSeeds host: got "", allowed is a host name'],
    [["a b", 7], 'dnsSeeds host: got "a b"'],
    [["[::1]", 7], 'dnsSeeds host: got "[::1]"'],
    [[undefined, 7], "dnsSeeds host: got undefined"],
    [["a", 0], "dnsSeeds port: got 0, allowed is a number from 1 to 65535"],
    [["a", 65_536], "dnsSeeds port: got 65536"],
    [["a", 1.5], "dnsSeeds port: got 1.5, allowed is an integer"],
    [["a", "7"], 'dnsSeeds port: got "7"'],
    [["a"], "dnsSeeds port: got undefined"],
    [["a", 7, { resolvers: [] }], 'dnsSeeds, option names: got "resolvers", allowed is one of resolver'],
    [["a", 7, { resolver: { resolve4: () => [] } }], "dnsSeeds resolver: got [Object], allowed is an object with the method resolve6"],
    [["a", 7, { resolver: null }], "dnsSeeds resolver: got null"],
    [["a", 7, null], "the options of dnsSeeds: got null"],
  ])("refuses %j at once", (given, message) => {
    const make = () => dnsSeeds(...(given as Parameters<typeof dnsSeeds>));
    expect(make).toThrow(message);
    expect(make).toThrow("[INVALID_OPTIONS]");
  });
});
