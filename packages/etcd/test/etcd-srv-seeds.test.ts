import type { SrvRecord } from "node:dns";
import { DiscoveryError, isDiscoveryError } from "@rollcall/core";
import { ManualClock } from "@rollcall/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DnsServer } from "../../core/test/support/dns-server.js";
import { type EtcdSrvSeedsOptions, etcdSrvSeeds } from "../src/index.js";

const SECURE = "_etcd-client-ssl._tcp.test";
const PLAIN = "_etcd-client._tcp.test";
const { signal } = new AbortController();

let server: DnsServer;
let resolver: ReturnType<DnsServer["resolver"]>;
beforeAll(async () => {
  server = await DnsServer.start();
  resolver = server.resolver();
});
afterAll(async () => {
  resolver.cancel();
  await server[Symbol.asyncDispose]();
});
beforeEach(() => {
  server.names.clear();
  server.questions.length = 0;
});

const publish = (service: string, ...SRV: readonly string[]): void => void server.names.set(service, { SRV });

/** What a call ended with. */
const outcomeOf = (asked: Promise<unknown>): Promise<unknown> => asked.catch((error: unknown) => error);

describe("etcdSrvSeeds", () => {
  it("row 17: gives https:// for each record of _etcd-client-ssl, then http:// for each of _etcd-client, without the dot at the end", async () => {
    publish(SECURE, "1 0 2380 b.test.", "0 0 2379 a.test");
    publish(PLAIN, "0 0 2379 c.test.");
    const seeds = etcdSrvSeeds("test", { resolver });
    expect(await seeds({ signal })).toEqual(["https://a.test:2379", "https://b.test:2380", "http://c.test:2379"]);
  });

  it.each([
    [SECURE, "https"],
    [PLAIN, "http"],
  ])("row 17: %s alone will do, and gives %s", async (service, scheme) => {
    publish(service, "0 0 1 a.test");
    expect(await etcdSrvSeeds("test", { resolver })({ signal })).toEqual([`${scheme}://a.test:1`]);
  });

  it("row 17: asks for one cluster of several by its name, as etcdctl's --discovery-srv-name does", async () => {
    publish("_etcd-client-ssl-east._tcp.test", "0 0 1 a.test");
    publish("_etcd-client-east._tcp.test", "0 0 2 b.test");
    expect(await etcdSrvSeeds("test", { resolver, name: "east" })({ signal })).toEqual(["https://a.test:1", "http://b.test:2"]);
  });

  it.each([
    ["do not exist", undefined, "UNAVAILABLE", "ENOTFOUND"],
    ["have no SRV record", {}, "UNAVAILABLE", "ENODATA"],
    ["are refused", "REFUSED", "UNAVAILABLE", "EREFUSED"],
  ] as const)("names both services when they %s", async (_what, said, code, dnsCode) => {
    if (said !== undefined) server.names.set(SECURE, said).set(PLAIN, said);
    const outcome = await outcomeOf(etcdSrvSeeds("test", { resolver })({ signal }));
    expect(outcome).toMatchObject({ code, source: "dns", retryable: true });
    expect(String(outcome)).toContain(`for ${SECURE}: ${dnsCode}; `);
    expect(String(outcome)).toContain(`for ${PLAIN}: ${dnsCode}`);
  });

  it("is a TIMEOUT when either service was not answered and nothing is known", async () => {
    server.names.set(SECURE, "silence");
    const outcome = await outcomeOf(etcdSrvSeeds("test", { resolver: server.resolver(100) })({ signal }));
    expect(outcome).toMatchObject({ code: "TIMEOUT" });
  });

  it("gives up at once when its signal fires", async () => {
    const controller = new AbortController();
    const clock = new ManualClock();
    const silent = { resolveSrv: () => new Promise<never>(() => undefined) };
    const asked = outcomeOf(etcdSrvSeeds("test", { resolver: silent, clock })(controller));
    controller.abort();
    expect(await asked).toMatchObject({ code: "ABORTED" });
    expect(clock.pending).toBe(0);
  });

  it.each([
    [["https://example.com"], 'domain: got "https://example.com", allowed is a domain such as example.com'],
    [[""], 'domain: got ""'],
    [["a..b"], 'domain: got "a..b"'],
    [[undefined], "domain: got undefined"],
    [["test", { name: "a b" }], 'options.name: got "a b", allowed is letters, digits, - and _'],
    [["test", { resolver: {} }], "options.resolver: got object, allowed is an object with the method resolveSrv"],
    [["test", { ttl: 1 }], "options, option names: got ttl, allowed is name, resolver, clock"],
    [["test", 7], "options: got number, allowed is an object"],
  ])("refuses %j at once", (given, message) => {
    const make = () => etcdSrvSeeds(...(given as [string, EtcdSrvSeedsOptions]));
    expect(make).toThrow(message);
    expect(make).toThrow("[INVALID_OPTIONS]");
  });
});

describe("an answer of etcdSrvSeeds", () => {
  it("row 17: is asked for at every call, one question for each service, and so is never older than its TTL", async () => {
    publish(SECURE, "0 0 1 a.test");
    const seeds = etcdSrvSeeds("test", { resolver });
    expect(await seeds({ signal })).toEqual(["https://a.test:1"]);
    publish(SECURE, "0 0 1 b.test");
    expect(await seeds({ signal })).toEqual(["https://b.test:1"]);
    expect(server.questions.toSorted()).toEqual([SECURE, SECURE, PLAIN, PLAIN].map((service) => `udp SRV ${service}`));
  });

  it.each(["SERVFAIL", "REFUSED"] as const)("row 17: is kept while the resolver fails with %s", async (fault) => {
    publish(SECURE, "0 0 1 a.test");
    publish(PLAIN, "0 0 2 b.test");
    const seeds = etcdSrvSeeds("test", { resolver });
    await seeds({ signal });
    server.names.set(SECURE, fault).set(PLAIN, fault);
    expect(await seeds({ signal })).toEqual(["https://a.test:1", "http://b.test:2"]);
    publish(PLAIN, "0 0 3 c.test");
    expect(await seeds({ signal })).toEqual(["https://a.test:1", "http://c.test:3"]);
  });

  it.each([
    ["there is no such name", undefined],
    ["there is no such record", []],
    ["there is no such service", ["0 0 0 ."]],
  ])("row 17: is forgotten when DNS says that %s", async (_what, records) => {
    publish(SECURE, "0 0 1 a.test");
    publish(PLAIN, "0 0 2 b.test");
    const seeds = etcdSrvSeeds("test", { resolver });
    await seeds({ signal });
    if (records === undefined) server.names.delete(SECURE);
    else publish(SECURE, ...records);
    expect(await seeds({ signal })).toEqual(["http://b.test:2"]);
    server.names.clear();
    expect(isDiscoveryError(await outcomeOf(seeds({ signal })))).toBe(true);
  });
});

it("row 17: an answer of etcdSrvSeeds is kept when a call is given up, whatever the reason", async () => {
  publish(SECURE, "0 0 1 a.test");
  const seeds = etcdSrvSeeds("test", { resolver });
  await seeds({ signal });
  const given = AbortSignal.abort(new DiscoveryError("UNAVAILABLE", "gone", { source: "test" }));
  expect(await outcomeOf(seeds({ signal: given }))).toBe(given.reason);
  server.names.set(SECURE, "SERVFAIL");
  expect(await seeds({ signal })).toEqual(["https://a.test:1"]);
});

describe("row 17: a resolver that is silent", () => {
  const records = (...names: readonly string[]): readonly SrvRecord[] => names.map((name) => ({ name, port: 1, priority: 0, weight: 0 }));

  /** Seeds whose questions the test answers by hand, in the order in which they came. */
  function scripted() {
    const clock = new ManualClock();
    const waiting: { resolve(records: readonly SrvRecord[]): void; reject(error: Error): void }[] = [];
    const resolveSrv = () => new Promise<readonly SrvRecord[]>((resolve, reject) => waiting.push({ resolve, reject }));
    const seeds = etcdSrvSeeds("test", { resolver: { resolveSrv }, clock });
    const nothing = Object.assign(new Error("nothing"), { code: "ENOTFOUND" });
    return { clock, waiting, nothing, ask: () => seeds({ signal }) };
  }

  it("holds the last answer up for 500 ms, and what it says later counts the next time", async () => {
    const { clock, waiting, nothing, ask } = scripted();
    const first = ask();
    waiting[0]?.resolve(records("a"));
    waiting[1]?.reject(nothing);
    expect(await first).toEqual(["https://a:1"]);
    let answered = false;
    const second = ask().finally(() => (answered = true));
    await clock.advance(499);
    expect(answered).toBe(false);
    await clock.advance(1);
    expect(await second).toEqual(["https://a:1"]);
    waiting[2]?.resolve(records("b"));
    const third = ask();
    await clock.advance(500);
    expect(await third).toEqual(["https://b:1"]);
    expect(clock.pending).toBe(0);
  });

  it("for less than that is waited for, however early the other service was answered", async () => {
    const { clock, waiting, ask } = scripted();
    const asked = ask();
    waiting[0]?.resolve(records("a"));
    await clock.advance(499);
    waiting[1]?.resolve(records("b"));
    expect(await asked).toEqual(["https://a:1", "http://b:1"]);
  });

  it("of one service does not hold up the other for longer either, and an answer after that is used at once", async () => {
    const { clock, waiting, ask } = scripted();
    const asked = ask();
    await clock.advance(500);
    waiting[1]?.resolve(records("b"));
    expect(await asked).toEqual(["http://b:1"]);
  });
});
