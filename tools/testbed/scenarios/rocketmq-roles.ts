import type { Diff, Endpoint, EndpointFeed } from "@rollcall/core";
import type { RocketmqTestCluster } from "@rollcall/rocketmq/simulator";
import { expect, it, vi } from "vitest";
import {
  accepts,
  announced,
  at,
  believed,
  believedAside,
  believedListed,
  brokersOf,
  EAGER,
  listed,
  PATIENT,
  routesOf,
  SOON_MS,
  whileFrozen,
} from "./rocketmq-scenario.js";

const READ = 4;
const WRITE = 2;
const BOTH = READ + WRITE;

/** Who may do what, and how it changes. */
export function roleScenarios(shared: () => RocketmqTestCluster): void {
  it("8, rows 17 and 18: masters, slaves and brokers without a master have their roles, queues their permissions, and who has no address is skipped", async (test) => {
    const cluster = shared();
    const topics = { open: BOTH, "read-only": READ, "write-only": WRITE };
    const master = await announced(test, cluster, { name: "pair", zone: "z1", topics });
    const slave = await announced(test, cluster, { name: "pair", id: 1, zone: "z1", topics });
    const orphan = await announced(test, cluster, { name: "orphan", id: 2, topics });
    // RocketMQ refuses the first registration of a broker with one topic, and lists a broker without addresses from then on.
    await expect(cluster.announce({ name: "phantom", topics: { single: BOTH } })).rejects.toThrow();
    const brokers = brokersOf(test, cluster, PATIENT);
    const routes = routesOf(test, cluster, Object.keys(topics), PATIENT);
    await Promise.all([brokers.ready(), routes.ready()]);

    expect(believed(brokers)).toBe(listed(...cluster.brokers, master, slave, orphan));
    expect(believed(routes)).toBe(listed(master, slave, orphan));
    const about = { kind: "broker", cluster: cluster.name };
    expect([master, slave, orphan].map(({ address }) => attributesOf(brokers, address))).toEqual([
      { ...about, name: "pair", brokerId: 0, role: "master", zone: "z1" },
      { ...about, name: "pair", brokerId: 1, role: "slave", zone: "z1" },
      { ...about, name: "orphan", brokerId: 2, role: "slave" },
    ]);
    expect([master, slave, orphan].map(({ address }) => attributesOf(routes, address))).toMatchObject([
      { role: "master", readable: true, writable: true },
      { role: "slave", readable: true, writable: false },
      { role: "slave", readable: true, writable: false },
    ]);
    const permitted = routes.snapshot?.metadata.topics.map(({ topic, queues }) => [
      topic,
      ...queues.map(({ broker, readable, writable }) => `${broker} ${readable} ${writable}`),
    ]);
    expect(permitted).toEqual([
      ["open", "orphan true true", "pair true true"],
      ["read-only", "orphan true false", "pair true false"],
      ["write-only", "orphan false true", "pair false true"],
    ]);
  });

  it("8, row 17: a slave that acts as master is told as one that may not be written to", async (test) => {
    const cluster = shared();
    const topics = { acted: BOTH, "acted-too": BOTH };
    const what = { name: "acting", enableActingMaster: true, topics };
    const master = await announced(test, cluster, what);
    const slave = await announced(test, cluster, { ...what, id: 1 });
    const [brokers, routes] = [brokersOf(test, cluster, EAGER), routesOf(test, cluster, ["acted"], EAGER)];
    for (const poller of [brokers, routes]) poller.subscribe(() => undefined);
    await Promise.all([brokers.ready(), routes.ready()]);
    expect(attributesOf(routes, master.address)).toMatchObject({ brokerId: 0, writable: true });
    await master.withdraw();
    await vi.waitFor(() => expect(believed(routes)).toBe(slave.address), { timeout: SOON_MS });
    await vi.waitFor(() => expect(attributesOf(routes, slave.address)).toMatchObject({ brokerId: 0 }), { timeout: SOON_MS });
    expect(attributesOf(routes, slave.address)).toMatchObject({ role: "master", readable: true, writable: false });
    expect(routes.snapshot?.metadata.topics[0]?.queues).toMatchObject([{ broker: "acting", readable: true, writable: false }]);
    await brokers.refresh();
    expect(attributesOf(brokers, slave.address), "what lists brokers must say otherwise, else this run proves less").toMatchObject({
      brokerId: 1,
    });
  });

  it("row 16: sinks are told of changes of role and permission as changes, and of nothing when the same is announced again", async (test) => {
    const cluster = shared();
    const topics = { first: BOTH, second: BOTH };
    const first = await announced(test, cluster, { name: "changing", id: 1, topics });
    const routes = routesOf(test, cluster, ["first", "second"], PATIENT);
    const told: string[] = [];
    routes.subscribe((_, diff) => void told.push(inWords(diff)));
    await routes.ready();

    await first.change({ second: BOTH, first: BOTH });
    await routes.refresh();
    const { address } = first;
    await announced(test, cluster, { name: "changing", id: 0, address, topics });
    await routes.refresh();
    await cluster.setWritable("changing", false);
    await routes.refresh();
    await routes.refresh();
    await cluster.setWritable("changing", true);
    await routes.refresh();
    await vi.waitFor(() =>
      expect(told).toEqual([
        `+${address} slave readable`,
        `~${address} master readable writable`,
        `~${address} master readable`,
        `~${address} master readable writable`,
      ]),
    );
  });
}

/** Consumers of a poller that misbehave. */
export function sinkScenario(shared: () => RocketmqTestCluster): void {
  it("row 23: a sink that throws and one that never ends keep no other from being told, and a new one is told what is", async (test) => {
    const cluster = shared();
    const poller = brokersOf(test, cluster, EAGER);
    const told: string[] = [];
    poller.subscribe(() => Promise.reject(new Error("a sink may fail")));
    poller.subscribe(() => new Promise(() => undefined));
    poller.subscribe(() => void told.push(believedListed(poller)));
    await poller.ready();
    const newcomer = await announced(test, cluster, { name: "newcomer", topics: { first: BOTH, second: BOTH } });
    const all = listed(...cluster.brokers, newcomer);
    await vi.waitFor(() => expect(told).toEqual([listed(...cluster.brokers), all]), { timeout: SOON_MS });
    const late: string[] = [];
    poller.subscribe(({ endpoints }) => void late.push(listed(...endpoints.map(({ id }) => ({ address: id })))));
    await vi.waitFor(() => expect(late).toEqual([all]), { timeout: SOON_MS });
  });
}

/** Brokers that stand still. */
export function hungBrokerScenarios(shared: () => RocketmqTestCluster): void {
  it("row 15: a broker that stands still goes aside in a few probes, while nameservers still list it, and comes back", async (test) => {
    const cluster = shared();
    const everyMs = 300;
    const options = { ...EAGER, probe: { timeoutMs: 300, recheckMs: 200, everyMs } };
    const poller = brokersOf(test, cluster, options, { probeBrokers: true });
    const control = brokersOf(test, cluster, EAGER);
    for (const each of [poller, control]) each.subscribe(() => undefined);
    await Promise.all([poller.ready(), control.ready()]);
    const hung = at(cluster.brokers, -1);
    const others = cluster.brokers.filter((each) => each !== hung);
    await whileFrozen(cluster, [hung], async () => {
      await vi.waitFor(() => expect(believed(poller)).toBe(listed(...others)), { timeout: 3 * everyMs + 1_000 });
      expect(believedAside(poller)).toBe(hung.address);
      expect(await accepts(hung.address), "it must accept connections, else this run proves nothing").toBe(true);
      await control.refresh();
      expect(believed(control), "nameservers must list it, else this run proves nothing").toBe(listed(...cluster.brokers));
    });
    await vi.waitFor(() => expect(believed(poller)).toBe(listed(...cluster.brokers)), { timeout: SOON_MS });
    expect(believedListed(poller)).toBe(believed(poller));
  });
}

function attributesOf({ snapshot }: EndpointFeed, address: string): Endpoint["attributes"] {
  return snapshot?.endpoints.find(({ id }) => id === address)?.attributes;
}

/** `+127.0.0.1:1 slave readable`: added; `-`: removed; `~`: changed, as it is afterwards. */
function inWords({ added, removed, changed }: Diff): string {
  const one = (sign: string, { id, attributes = {} }: Endpoint): string => {
    const may = ["readable", "writable"].filter((what) => attributes[what] === true);
    return `${sign}${[id, attributes["role"], ...may].join(" ")}`;
  };
  const lines = [
    ...added.map((each) => one("+", each)),
    ...removed.map((each) => one("-", each)),
    ...changed.map(([, now]) => one("~", now)),
  ];
  return lines.join(", ");
}
