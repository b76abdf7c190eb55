import { MetadataPoller } from "@rollcall/core";
import { expect, it } from "vitest";
import { DnsServer } from "../../core/test/support/dns-server.js";
import { etcdMembers, etcdSrvSeeds } from "../src/index.js";
import type { EtcdSimulator } from "../src/simulator/index.js";
import { simulator } from "./simulator-support.js";
import { refuses } from "./support/fake-transport.js";
import { votersAt } from "./support/member-list.js";
import { use } from "./support/polling.js";
import { harness, knownAt } from "./support/source-harness.js";

const SECURE = "_etcd-client-ssl._tcp.test";
const PLAIN = "_etcd-client._tcp.test";

/** The members of a cluster as SRV records. */
function publish({ names }: DnsServer, { members }: EtcdSimulator): void {
  names.set(PLAIN, { SRV: members.map(({ clientUrl }) => `0 0 ${new URL(clientUrl).port} localhost`) });
}

it("row 17: DNS is asked once in a round that nobody known answers, else not; when it fails the poll goes on", async () => {
  const cluster = await simulator();
  const server = use(await DnsServer.start());
  publish(server, cluster);
  const seeds = etcdSrvSeeds("test", { resolver: server.resolver() });
  const poller = use(new MetadataPoller(etcdMembers({ seeds }), { minIntervalMs: 10, lingerMs: Number.POSITIVE_INFINITY }));
  expect((await poller.ready()).endpoints).toHaveLength(3);
  server.names.set(SECURE, "SERVFAIL").set(PLAIN, "SERVFAIL");
  for (let poll = 0; poll < 5; poll += 1) await poller.refresh();
  expect(server.questions.toSorted()).toEqual([SECURE, PLAIN].map((service) => `udp SRV ${service}`));
}, 20_000);

it("row 12: a cluster whose every member moved at once is found again through DNS", async () => {
  const cluster = await simulator();
  const server = use(await DnsServer.start());
  publish(server, cluster);
  const seeds = etcdSrvSeeds("test", { resolver: server.resolver() });
  const poller = use(new MetadataPoller(etcdMembers({ seeds }), { minIntervalMs: 10, intervalMs: 200 }));
  const before = (await poller.ready()).endpoints.map(({ port }) => port);
  const moved = new Promise<void>((resolve) =>
    poller.subscribe(({ endpoints }) => {
      if (endpoints.length === 3 && endpoints.every(({ port }) => !before.includes(port))) resolve();
    }),
  );
  const members = [...cluster.members];
  for (const member of members) await cluster.kill(member);
  for (const member of members) await cluster.start(member, { move: true });
  publish(server, cluster);
  await moved;
}, 20_000);

/** A source whose seeds are one of each kind. */
function both(tls: boolean) {
  const resolver = {
    resolveSrv: async (service: string) => [{ name: service === SECURE ? "secure" : "plain", port: 1, priority: 0, weight: 0 }],
  };
  const setup = harness({ seeds: etcdSrvSeeds("test", { resolver }), ...(tls && { tls: {} }) });
  setup.transport.members.set("https://secure:1", () => votersAt("https://secure:1"));
  setup.transport.members.set("http://plain:1", () => votersAt("http://plain:1"));
  return setup;
}

it.each([
  [true, "https://secure:1"],
  [false, "http://plain:1"],
])("row 14: of both kinds only that one is asked which fits the option tls (%s): %s", async (tls, url) => {
  const { transport, fetch } = both(tls);
  await fetch();
  expect(transport.asked).toEqual([url]);
});

it("row 14: with records of _etcd-client-ssl only, the option tls is asked for", async () => {
  const { transport, fetch } = both(false);
  transport.members.set("http://plain:1", refuses(14, "gone"));
  await expect(fetch()).rejects.toThrow(/https:\/\/secure:1: .*needs the option tls/);
});

it("row 17: seeds that fail take nobody's turn", async () => {
  const resolver = { resolveSrv: () => Promise.reject(Object.assign(new Error("SERVFAIL"), { code: "ESERVFAIL" })) };
  const { transport, fetch } = harness({ seeds: etcdSrvSeeds("test", { resolver }) });
  transport.members.set("http://b:1", () => votersAt("http://b:1"));
  expect((await fetch({ known: knownAt("a", "b") })).members).toHaveLength(1);
  transport.members.clear();
  for (const connection of transport.connections) connection.lose();
  await expect(fetch({ known: knownAt("a", "b") })).rejects.toThrow(/http:\/\/a:1: .*; http:\/\/b:1: .*ESERVFAIL/);
});

it("row 17: SRV priority is honoured: the next one is asked only after those before it, whatever the randomness, and after everybody known", async () => {
  const records = [
    { name: "last", port: 1, priority: 9, weight: 5 },
    { name: "first", port: 1, priority: 0, weight: 0 },
    { name: "second", port: 1, priority: 4, weight: 1 },
  ];
  const resolver = {
    resolveSrv: async (service: string) => {
      if (service === PLAIN) return records;
      throw Object.assign(new Error("none"), { code: "ENOTFOUND" });
    },
  };
  const knownFirst = new Set<string | undefined>();
  for (const random of [0, 0.3, 0.6, 0.99]) {
    const { transport, fetch } = harness({ seeds: etcdSrvSeeds("test", { resolver }) }, () => random);
    await expect(fetch({ known: knownAt("a", "b", "c") })).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(transport.asked.slice(3)).toEqual(["http://first:1", "http://second:1", "http://last:1"]);
    knownFirst.add(transport.asked[0]);
  }
  expect(knownFirst.size).toBeGreaterThan(1);
});

it("a function of seeds that is not DNS's is asked in any order, like a list", async () => {
  const orders = new Set<string>();
  for (const random of [0, 0.4, 0.9]) {
    const { transport, fetch } = harness({ seeds: async () => ["a:1", "b:1", "c:1"] }, () => random);
    await fetch().catch(() => undefined);
    orders.add(transport.asked.join());
  }
  expect(orders.size).toBeGreaterThan(1);
});
