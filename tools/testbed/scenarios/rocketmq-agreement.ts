import { setTimeout as wait } from "node:timers/promises";
import { shrinkGuard } from "@rollcall/core";
import type { RocketmqDivergence } from "@rollcall/rocketmq";
import type { RocketmqTestCluster } from "@rollcall/rocketmq/simulator";
import { expect, it, vi } from "vitest";
import { AliOnsProducer } from "../src/index.js";
import {
  announced,
  at,
  believed,
  believedListed,
  brokersOf,
  EAGER,
  listed,
  nameserversOf,
  PATIENT,
  registered,
  routesOf,
  SOON_MS,
  type Test,
} from "./rocketmq-scenario.js";

const TOPIC = "agreed";
/** How often a stock client looks at its routes, in milliseconds. */
const STOCK_POLL_MS = 500;
const BOTH = { read: 6, write: 6 };

/** What is believed when nameservers say different things. Leaves topics behind. */
export function agreementScenarios(shared: () => RocketmqTestCluster): void {
  it("5, row 22: a broker that is registered at one nameserver only is published, and it is told who lacks it", async (test) => {
    const cluster = shared();
    const [knows, ...others] = cluster.nameservers.slice(0, 3);
    if (knows === undefined) throw new Error("no nameserver");
    // Only one nameserver can see it go, which is no agreement: that takes the grace.
    const about = { removalGraceMs: 500 };
    const [poller, routes] = [brokersOf(test, cluster, EAGER, about), routesOf(test, cluster, Object.keys(BOTH), EAGER, about)];
    const control = brokersOf(test, cluster, EAGER, { nameservers: [at(others, 0).address] });
    for (const each of [poller, routes, control]) each.subscribe(() => undefined);
    await poller.ready();
    expect(poller.snapshot?.metadata.divergence).toEqual([]);
    const lonely = await announced(test, cluster, { name: "lonely", topics: BOTH, at: [knows] });
    await vi.waitFor(() => expect(believedListed(poller)).toBe(listed(...cluster.brokers, lonely)), { timeout: SOON_MS });
    const lack = (lacks: readonly string[]) => others.map(({ address }) => ({ nameserver: address, lacks }));
    expect(sorted(poller.snapshot?.metadata.divergence)).toEqual(sorted(lack([lonely.address])));
    await vi.waitFor(() => expect(believed(routes)).toContain(lonely.address), { timeout: SOON_MS });
    expect(sorted(routes.snapshot?.metadata.divergence)).toEqual(
      sorted(lack(Object.keys(BOTH).map((topic) => `${topic} ${lonely.address}`))),
    );
    await control.refresh();
    expect(believedListed(control), "who asks one nameserver must not see it, else this run proves nothing").not.toContain(lonely.address);
    await lonely.withdraw();
    await vi.waitFor(() => expect(believedListed(poller)).toBe(listed(...cluster.brokers)), { timeout: SOON_MS });
  });

  it("row 14: of fifty topics one is unknown, and the other 49 have their routes", async (test) => {
    const cluster = shared();
    const topics = Object.fromEntries(Array.from({ length: 49 }, (_, number) => [`many-${number}`, 6]));
    const many = await announced(test, cluster, { name: "many", topics });
    const asked = ["unknown", ...Object.keys(topics)];
    const poller = routesOf(test, cluster, asked, PATIENT);
    const { metadata } = await poller.ready();
    expect(believed(poller)).toBe(many.address);
    const [unknown, ...known] = metadata.topics;
    expect(unknown).toMatchObject({ topic: "unknown", error: "TOPIC_NOT_EXIST", brokers: [], queues: [] });
    expect(known.map(({ topic, error, brokers }) => [topic, error, brokers.length])).toEqual(
      Object.keys(topics).map((topic) => [topic, undefined, 1]),
    );
  });

  it("a broker's port is no nameserver, and the error says so", async (test) => {
    const cluster = shared();
    const { address } = at(cluster.brokers, 0);
    await expect(brokersOf(test, cluster, PATIENT, { nameservers: [address] }).refresh()).rejects.toMatchObject({
      code: "MALFORMED_RESPONSE",
      message: expect.stringMatching(new RegExp(`${address}.*not a nameserver`, "s")),
    });
  });

  it("a topic that nobody knows is named in the error", async (test) => {
    await expect(routesOf(test, shared(), ["nowhere"], PATIENT).refresh()).rejects.toMatchObject({
      code: "EMPTY_METADATA",
      message: expect.stringContaining("nowhere"),
    });
  });
}

/** Nameservers that are asked before they know. */
export function restartScenarios(shared: () => RocketmqTestCluster): void {
  it("3, row 12: one nameserver restarts and is empty for a while: no sink is told anything", async (test) => {
    const cluster = shared();
    await cluster.createTopic(TOPIC);
    const restarting = at(cluster.nameservers, 0);
    const feed = nameserversOf(test, cluster, EAGER);
    const often = { ...EAGER, intervalMs: 50, guard: shrinkGuard({ allowEmpty: true }) };
    const brokers = brokersOf(test, cluster, often);
    // Who knows nobody else has no agreement, only the grace.
    const about = { nameservers: [restarting.address], removalGraceMs: 60_000 };
    const alone = [brokersOf(test, cluster, often, about), routesOf(test, cluster, [TOPIC], often, about)];
    const pollers = [
      ...alone,
      brokers,
      routesOf(test, cluster, [TOPIC], often),
      brokersOf(test, cluster, often, { nameservers: feed }),
      routesOf(test, cluster, [TOPIC], often, { nameservers: feed }),
    ];
    const told: string[] = [];
    for (const poller of pollers) poller.subscribe(() => void told.push(believed(poller)));
    const lacking = new Set<string>();
    brokers.subscribe(
      ({ metadata }) => {
        for (const { nameserver, lacks } of metadata.divergence) if (lacks.length === cluster.brokers.length) lacking.add(nameserver);
      },
      { metadata: true },
    );
    await Promise.all(pollers.map((poller) => poller.ready()));
    // Brokers may come so soon that no poll falls into the gap.
    for (let restarts = 0; lacking.size === 0 && restarts < 10; restarts += 1) {
      await cluster.kill(restarting);
      await cluster.start(restarting);
      await Promise.all([...alone.map((poller) => poller.refresh()), registered(test, cluster, [restarting], cluster.brokers)]);
    }
    expect([...lacking], "it must have been asked while it was empty, else this run proves nothing").toEqual([restarting.address]);
    await Promise.all(pollers.map((poller) => poller.refresh()));
    expect(told).toEqual(Array(pollers.length).fill(listed(...cluster.brokers)));
  });

  it("row 21: a nameserver that is not ready is not believed that a topic is missing, and is used once it is ready", async (test) => {
    const cluster = shared();
    await cluster.createTopic(TOPIC);
    const ready = [...cluster.addressServer.addresses];
    const waitMs = Math.min(5_000, 10 * cluster.registerMs);
    const waiting = await cluster.addNameserver({ waitMs });
    test.onTestFinished(() => cluster.kill(waiting));
    const seeds = [waiting.address, ...ready];
    const alone = routesOf(test, cluster, [TOPIC], PATIENT, { nameservers: [waiting.address] });
    await expect(alone.refresh()).rejects.toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("not ready") });
    const nameservers = nameserversOf(test, cluster, { ...EAGER, probe: { timeoutMs: 2_000, everyMs: 200 } }, { from: { seeds } });
    const routes = routesOf(test, cluster, [TOPIC], EAGER, { nameservers: seeds, nameserversPerPoll: seeds.length });
    const told: string[] = [];
    routes.subscribe(() => void told.push(believed(routes)));
    nameservers.subscribe(() => undefined);
    await vi.waitFor(() => expect(nameservers.status.aside.map(({ id }) => id)).toEqual([waiting.address]), { timeout: SOON_MS });
    const patience = { timeout: 1.2 * waitMs + SOON_MS };
    // Nobody registers with it, so that it knows nothing once it is ready.
    await vi.waitFor(() => expect(alone.refresh()).rejects.toMatchObject({ code: "EMPTY_METADATA" }), patience);
    await vi.waitFor(() => expect(believed(nameservers)).toBe([...seeds].sort().join(" ")), { timeout: SOON_MS });
    await routes.refresh();
    expect(told).toEqual([listed(...cluster.brokers)]);
  });
}

/** Topics whose brokers die. Starts them again. */
export function lostRouteScenarios(shared: () => RocketmqTestCluster): void {
  it("4, row 13: the only broker of a topic is killed: its route goes once that is confirmed, and an empty set only if that is allowed", async (test) => {
    const cluster = shared();
    const [lost, kept] = [at(cluster.brokers, 0), at(cluster.brokers, 1)];
    await cluster.createTopic("lost", { brokers: [lost] });
    await cluster.createTopic("kept", { brokers: [kept] });
    const both = routesOf(test, cluster, ["lost", "kept"], EAGER);
    const never = routesOf(test, cluster, ["lost"], EAGER);
    const allowed = routesOf(test, cluster, ["lost"], { ...EAGER, guard: shrinkGuard({ allowEmpty: true }) });
    for (const poller of [both, never, allowed]) poller.subscribe(() => undefined);
    await Promise.all([both, never, allowed].map((poller) => poller.ready()));
    expect([both, never, allowed].map(believed)).toEqual([listed(lost, kept), lost.address, lost.address]);
    const control = await stockClient(test, cluster, "lost");

    await cluster.kill(lost);
    await vi.waitFor(() => expect(believedListed(both)).toBe(kept.address), { timeout: SOON_MS });
    expect(both.snapshot?.metadata.topics).toMatchObject([
      { topic: "lost", error: "TOPIC_NOT_EXIST", brokers: [], queues: [] },
      { topic: "kept", brokers: [{ address: kept.address }] },
    ]);
    await vi.waitFor(() => expect(believedListed(allowed)).toBe(""), { timeout: SOON_MS });
    await vi.waitFor(() => expect(never.status.error).toMatchObject({ code: "EMPTY_METADATA" }), { timeout: SOON_MS });
    expect(believedListed(never)).toBe(lost.address);
    await wait(2 * STOCK_POLL_MS);
    expect(control.report.failed.at(-1), "a stock client must keep the route, else this run proves less").toContain(
      `BrokersSent: ["${lost.name}"`,
    );

    await cluster.start(lost);
    await registered(test, cluster, cluster.nameservers.slice(0, 3), cluster.brokers);
    const back = () => expect([both, never, allowed].map(believed)).toEqual([listed(lost, kept), lost.address, lost.address]);
    await vi.waitFor(back, { timeout: SOON_MS });
  });
}

/** A client as it would be without Rollcall, which sends to a topic until the test ends. */
async function stockClient(test: Test, { addressServer }: RocketmqTestCluster, topic: string): Promise<AliOnsProducer> {
  const lookup = { nameservers: [...addressServer.addresses] };
  const client = new AliOnsProducer({ lookup, topic, name: `stock on ${topic}`, pollMs: STOCK_POLL_MS });
  test.onTestFinished(() => client[Symbol.asyncDispose]());
  await client.start();
  await vi.waitFor(() => expect(client.report.ok).toBeGreaterThan(0), { timeout: SOON_MS });
  return client;
}

/** By nameserver: the order in which nameservers are asked differs. */
function sorted(divergence: readonly RocketmqDivergence[] = []): readonly RocketmqDivergence[] {
  return [...divergence].sort((a, b) => a.nameserver.localeCompare(b.nameserver));
}
