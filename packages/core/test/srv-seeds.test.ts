import { promises as dns } from "node:dns";
import { getEventListeners } from "node:events";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { fromSeeds, MetadataPoller, srvSeeds } from "../src/index.js";
import { DnsServer } from "./support/dns-server.js";
import { ManualClock } from "./support/manual-clock.js";
import { codeOf } from "./support/setup.js";

let server: DnsServer;
beforeAll(async () => {
  server = await DnsServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

const { signal } = new AbortController();
const service = "_etcd-client._tcp.test";
const clock = new ManualClock();
const ask = (timeoutMs?: number) => srvSeeds(service, { resolver: server.resolver(timeoutMs), clock })({ signal });
const publish = (...SRV: readonly string[]): void => void server.names.set(service, { SRV });

/** How often each target was the first of `rounds` answers. */
async function firsts(rounds: number, records: readonly string[]): Promise<Map<string, number>> {
  const resolver = { resolveSrv: async () => records.map((text) => srv(text)) };
  const seeds = srvSeeds(service, { resolver, clock });
  const count = new Map<string, number>();
  for (let round = 0; round < rounds; round += 1) {
    const [first = ""] = await seeds({ signal });
    count.set(first, (count.get(first) ?? 0) + 1);
  }
  return count;
}

function srv(text: string) {
  const [priority, weight, port, name = ""] = text.split(" ");
  return { priority: Number(priority), weight: Number(weight), port: Number(port), name };
}

describe("srvSeeds", () => {
  it("orders by priority, keeps each port, and strips the trailing dot", async () => {
    publish("20 5 2381 c.test", "0 1 2379 a.test.", "10 9 2380 b.test.");
    expect(await ask()).toEqual(["a.test:2379", "b.test:2380", "c.test:2381"]);
  });

  it("takes any object that resolves services, whatever it makes of the dot at the end", async () => {
    const resolver = { resolveSrv: async () => [srv("0 0 1 a.test."), srv("1 0 2 b.test"), srv("2 0 3 .")] };
    expect(await srvSeeds(service, { resolver })({ signal })).toEqual(["a.test:1", "b.test:2"]);
  });

  it("names a target once, and twice if it serves on two ports", async () => {
    publish("0 0 1 a.test", "1 0 1 a.test", "2 0 2 a.test");
    expect(await ask()).toEqual(["a.test:1", "a.test:2"]);
  });

  it("resolves anew at every call, and is what fromSeeds takes", async () => {
    const poller = new MetadataPoller(fromSeeds(srvSeeds(service, { resolver: server.resolver() })), { minIntervalMs: 10 });
    const hosts: (string | undefined)[] = [];
    for (const host of ["a.test", "b.test"]) {
      publish(`0 0 1 ${host}`);
      hosts.push((await poller.refresh()).endpoints[0]?.host);
    }
    expect(hosts).toEqual(["a.test", "b.test"]);
    await poller.close();
  });

  it("within a priority, who comes first is a matter of weight", async () => {
    const first = await firsts(1_000, ["1 10 1 light", "1 30 1 heavy", "2 1000 1 last"]);
    expect([...first.keys()].sort()).toEqual(["heavy:1", "light:1"]);
    expect((first.get("heavy:1") ?? 0) / 1_000).toBeCloseTo(0.75, 1);
  });

  it("weight 0 hardly ever comes before others, and is spread evenly among its like", async () => {
    const among = await firsts(1_000, ["1 0 1 zero", "1 10 1 ten"]);
    expect(among.get("zero:1") ?? 0).toBeLessThan(10);
    const alike = await firsts(1_000, ["1 0 1 a", "1 0 1 b"]);
    expect((alike.get("a:1") ?? 0) / 1_000).toBeCloseTo(0.5, 1);
  });

  it("the random order comes from the clock alone, and always holds everybody", async () => {
    const records = Array.from({ length: 20 }, (_, at) => `0 ${at} ${at + 1} m.test`);
    const resolver = { resolveSrv: async () => records.map((text) => srv(text)) };
    const order = (seed: number) => srvSeeds(service, { resolver, clock: new ManualClock(seed) })({ signal });
    expect(await order(7)).toEqual(await order(7));
    expect(await order(7)).not.toEqual(await order(8));
    expect((await order(7)).toSorted()).toEqual(records.map((_, at) => `m.test:${at + 1}`).toSorted());
  });

  it("the target . says that there is no such service", async () => {
    publish("0 0 0 .");
    await expect(ask()).rejects.toThrow(`[dns] [UNAVAILABLE] there is no service ${service}: its SRV target is "."`);
    publish("0 0 0 .", "1 0 5 a.test");
    expect(await ask()).toEqual(["a.test:5"]);
  });

  it("asks again over TCP when the answer is cut off", async () => {
    server.names.set(service, { SRV: Array.from({ length: 300 }, (_, at) => `0 0 ${at + 1} m.test`), truncated: true });
    expect(await ask()).toHaveLength(300);
    expect(server.questions.at(-1)).toBe(`tcp SRV ${service}`);
  });

  it.each([
    ["a name that does not exist", undefined, "UNAVAILABLE", "ENOTFOUND"],
    ["no SRV record", {}, "UNAVAILABLE", "ENODATA"],
    ["a server that fails", "SERVFAIL", "UNAVAILABLE", "ESERVFAIL"],
    ["a server that says nothing", "silence", "TIMEOUT", "ETIMEOUT"],
  ] as const)("%s is an error that names the service and what DNS said", async (_what, said, code, dnsCode) => {
    server.names.delete(service);
    if (said !== undefined) server.names.set(service, said);
    await expect(ask(500)).rejects.toMatchObject({
      code,
      retryable: true,
      message: `[dns] [${code}] DNS has no answer for ${service}: ${dnsCode}`,
    });
  });

  it("gives up at once when its signal fires, and leaves no listener", async () => {
    server.names.set(service, "silence");
    const controller = new AbortController();
    const outcome = codeOf(srvSeeds(service, { resolver: server.resolver(50) })(controller));
    controller.abort();
    expect(await outcome).toBe("ABORTED");
    expect(await codeOf(srvSeeds(service)({ signal: AbortSignal.abort() }))).toBe("ABORTED");
    expect(getEventListeners(signal, "abort")).toEqual([]); // of the calls before
  });

  it("cancels the question of a resolver of its own, and only that", async () => {
    const { prototype } = dns.Resolver;
    const cancel = vi.spyOn(prototype, "cancel");
    vi.spyOn(prototype, "resolveSrv")
      .mockResolvedValueOnce([srv("0 0 1 a.test")])
      .mockReturnValueOnce(new Promise(() => undefined));
    const controller = new AbortController();
    expect(await srvSeeds(service)(controller)).toEqual(["a.test:1"]);
    const outcome = codeOf(srvSeeds(service)(controller));
    expect(cancel).not.toHaveBeenCalled();
    controller.abort();
    expect(await outcome).toBe("ABORTED");
    expect(cancel).toHaveBeenCalledOnce();
    vi.restoreAllMocks();
  });

  it.each([
    [[""], 'srvSeeds service: got "", allowed is a name such as _etcd-client._tcp.example.com'],
    [[7], "srvSeeds service: got 7"],
    [["a b"], 'srvSeeds service: got "a b"'],
    [[service, { random: () => 0 }], 'srvSeeds, option names: got "random", allowed is one of resolver, clock'],
    [[service, { resolver: {} }], "srvSeeds resolver: got {}, allowed is an object with the method resolveSrv"],
  ])("refuses %j at once", (given, message) => {
    const make = () => srvSeeds(...(given as Parameters<typeof srvSeeds>));
    expect(make).toThrow(message);
    expect(make).toThrow("[INVALID_OPTIONS]");
  });
});
