import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { type EndpointFeed, shrinkGuard } from "@rollcall/core";
import type { RocketmqTestCluster } from "@rollcall/rocketmq/simulator";
import { chaosProxy } from "@rollcall/testkit";
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
  nameserversOf,
  PATIENT,
  placeOf,
  routesOf,
  SOON_MS,
  type Test,
  whileFrozen,
} from "./rocketmq-scenario.js";

const PACE = { intervalMs: 600_000, minIntervalMs: 50, timeoutMs: 20_000 } as const;
/** Only who is given up in time lets a poll end before that. */
const SLOW = { attemptTimeoutMs: 2 * SOON_MS } as const;
/** Whether nameservers serve is asked on suspicion. */
const SUSPICIOUS = { ...EAGER, probe: { timeoutMs: 500, recheckMs: 200 } } as const;
/** Whether nameservers serve is asked by itself, and soon. */
const WATCHFUL = { ...SUSPICIOUS, probe: { ...SUSPICIOUS.probe, everyMs: 200 } } as const;
const TOPIC = "orders";

/** How often is polled while a nameserver is frozen. */
export interface FrozenPlan {
  /** As many polls of brokers, and of routes, 50 ms apart; once before as well. */
  readonly polls: number;
  /** As of the sources; default theirs. With few polls it is what they cost. */
  readonly hedgeAfterMs?: number | undefined;
  /** Takes a line of figures. */
  readonly print: (line: string) => void;
}

/** Nameservers that are listed and do not answer. Leaves a topic behind. */
export function frozenNameserverScenarios(shared: () => RocketmqTestCluster, { polls, hedgeAfterMs, print }: FrozenPlan): void {
  it(`2, row 10: one nameserver is frozen: ${polls} polls of brokers and of routes all succeed, in less than twice the normal time, and it is aside until it goes on`, async (test) => {
    const cluster = shared();
    await cluster.createTopic(TOPIC);
    const nameservers = nameserversOf(test, cluster, SUSPICIOUS);
    const about = { ...SLOW, hedgeAfterMs, nameservers };
    const pollers = [brokersOf(test, cluster, PACE, about), routesOf(test, cluster, [TOPIC], PACE, about)];
    for (const poller of pollers) poller.subscribe(() => undefined);
    await Promise.all(pollers.map((poller) => poller.ready()));
    const normal = await timed(pollers, polls);
    const frozen = at(cluster.nameservers, 0);
    await whileFrozen(cluster, [frozen], async () => {
      const held = await timed(pollers, polls);
      print(`${polls} polls of brokers and of routes: ${inWords(normal)}; with a frozen nameserver ${inWords(held)}`);
      expect(await accepts(frozen.address), "the frozen one must accept connections, else this run proves nothing").toBe(true);
      expect(believedAside(nameservers)).toBe(frozen.address);
      expect(held.slowestMs).toBeLessThan(SOON_MS);
      expect(held.allMs).toBeLessThan(2 * normal.allMs);
    });
    await vi.waitFor(() => expect(believedAside(nameservers)).toBe(""), { timeout: SOON_MS });
    expect(pollers.map(believed)).toEqual(Array(2).fill(listed(...cluster.brokers)));
  });

  it("rows 6 and 7: a nameserver that freezes again and again is told as gone once and as back once each time", async (test) => {
    const cluster = shared();
    const poller = nameserversOf(test, cluster, WATCHFUL);
    const told: string[] = [];
    poller.subscribe(() => void told.push(believed(poller)));
    await poller.ready();
    const all = believed(poller);
    const frozen = at(cluster.nameservers, -1);
    const others = listed(...cluster.nameservers.filter((each) => each !== frozen));
    for (let times = 0; times < 3; times += 1) {
      await whileFrozen(cluster, [frozen], async () => {
        await vi.waitFor(() => expect(believed(poller)).toBe(others), { timeout: SOON_MS });
        expect(await accepts(frozen.address), "it must accept connections, else this run proves nothing").toBe(true);
        expect(believedListed(poller)).toBe(all);
        expect(poller.status.aside).toMatchObject([{ id: frozen.address, reason: "silent" }]);
      });
      await vi.waitFor(() => expect(believed(poller)).toBe(all), { timeout: SOON_MS });
    }
    expect(told).toEqual([all, ...Array(3).fill([others, all]).flat()]);
  });

  it("row 11: while all nameservers are frozen every set is kept and told as stale, although empty ones are allowed", async (test) => {
    const cluster = shared();
    await cluster.createTopic(TOPIC);
    const options = { ...WATCHFUL, timeoutMs: 500, staleAfterMs: 1_000, guard: shrinkGuard({ allowEmpty: true }) };
    const nameservers = nameserversOf(test, cluster, options);
    const pollers = [nameservers, brokersOf(test, cluster, options, { nameservers }), routesOf(test, cluster, [TOPIC], options)];
    for (const poller of pollers) poller.subscribe(() => undefined);
    await Promise.all(pollers.map((poller) => poller.ready()));
    const [, ...askers] = pollers;
    const before = pollers.map(believedListed);
    await whileFrozen(cluster, cluster.nameservers, async () => {
      const stale = () => expect(askers.map(({ status }) => status.state)).toEqual(["stale", "stale"]);
      await vi.waitFor(stale, { timeout: SOON_MS });
      expect(pollers.map(believed)).toEqual(before);
    });
    const fresh = () => expect(pollers.map(({ status }) => status.state)).toEqual(["fresh", "fresh", "fresh"]);
    await vi.waitFor(fresh, { timeout: SOON_MS });
    await vi.waitFor(() => expect(pollers.map(believed)).toEqual(before), { timeout: SOON_MS });
  });
}

/** Nameservers that are taken out of the list. */
export function removedNameserverScenarios(shared: () => RocketmqTestCluster): void {
  it("9, row 8: every socket to a nameserver that was removed is closed at once, and none is opened again", async (test) => {
    const cluster = shared();
    const removed = await silentNameserver(test);
    const { addressServer } = relisted(test, cluster, [removed.address, ...rest(cluster)]);
    const nameservers = nameserversOf(test, cluster, PATIENT);
    const poller = brokersOf(test, cluster, PATIENT, { nameservers, hedgeAfterMs: 30_000, attemptTimeoutMs: 30_000 });
    poller.subscribe(() => undefined);
    const polling = poller.ready();
    await vi.waitFor(() => expect(removed.sockets.size).toBeGreaterThan(0), { timeout: SOON_MS, interval: 5 });
    addressServer.addresses = rest(cluster);
    await nameservers.refresh();
    await vi.waitFor(() => expect(removed.sockets.size).toBe(0), { timeout: 500, interval: 5 });
    await polling;
    const { accepted } = removed;
    for (let polls = 0; polls < 10; polls += 1) await poller.refresh();
    expect(removed.accepted).toBe(accepted);
  });

  it("row 9: what a nameserver answers after it was removed does not count: the new ones are asked in the same poll", async (test) => {
    const cluster = shared();
    const [old, next] = [at(cluster.nameservers, 0), at(cluster.nameservers, 1)];
    const topics = { left: 6, right: 6 };
    const mistaken = await announced(test, cluster, { name: "left-behind", topics, at: [old] });
    const slow = await proxyTo(test, cluster, 0);
    const { addressServer } = relisted(test, cluster, [slow.address]);
    const nameservers = nameserversOf(test, cluster, PATIENT);
    nameservers.subscribe(() => undefined);
    await nameservers.ready();
    const control = brokersOf(test, cluster, PATIENT, { nameservers: [slow.address] });
    const poller = brokersOf(test, cluster, PATIENT, { nameservers });
    await slow.proxy.behave({ kind: "delay", ms: 400 });
    const polling = poller.ready();
    await vi.waitFor(() => expect(slow.proxy.connections).toBeGreaterThan(0), { timeout: SOON_MS, interval: 5 });
    addressServer.addresses = [next.address];
    await nameservers.refresh();
    const { version } = await polling;
    expect([believedListed(poller), version]).toEqual([listed(...cluster.brokers), 1]);
    await control.ready();
    expect(believedListed(control), "the old one must say otherwise, else this run proves nothing").toContain(mistaken.address);
  });

  it("row 20: any number of refreshes at once cost at most two polls, and nothing is open between polls", async (test) => {
    const cluster = shared();
    const { proxy, address } = await proxyTo(test, cluster, 0);
    const poller = brokersOf(test, cluster, PATIENT, { nameservers: [address] });
    await poller.ready();
    await vi.waitFor(() => expect(proxy.connections).toBe(0), { timeout: SOON_MS });
    const { accepted } = proxy;
    await Promise.all(Array.from({ length: 50 }, () => poller.refresh()));
    expect(proxy.accepted - accepted).toBeLessThanOrEqual(2);
    await vi.waitFor(() => expect(proxy.connections).toBe(0), { timeout: SOON_MS });
  });
}

/** How long so many polls of each take, one after another, and the slowest of all. */
async function timed(pollers: readonly EndpointFeed[], polls: number): Promise<{ readonly allMs: number; readonly slowestMs: number }> {
  const [began, took] = [performance.now(), [0]];
  const poll = async (poller: EndpointFeed): Promise<void> => {
    for (let count = 0; count < polls; count += 1) {
      const asked = performance.now();
      await poller.refresh();
      took.push(performance.now() - asked);
    }
  };
  await Promise.all(pollers.map(poll));
  return { allMs: performance.now() - began, slowestMs: Math.max(...took) };
}

function inWords({ allMs, slowestMs }: Awaited<ReturnType<typeof timed>>): string {
  return `${Math.round(allMs)} ms, the slowest ${Math.round(slowestMs)} ms`;
}

function rest(cluster: RocketmqTestCluster): readonly string[] {
  return cluster.nameservers.slice(1, 3).map(({ address }) => address);
}

/** What accepts and never answers, and sees who is connected. */
async function silentNameserver(test: Test) {
  const seen = { address: "", accepted: 0, sockets: new Set<Socket>() };
  const server = createServer((socket) => {
    seen.accepted += 1;
    seen.sockets.add(socket.resume());
    socket.on("close", () => seen.sockets.delete(socket)).on("error", () => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  test.onTestFinished(() => void server.close());
  seen.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return seen;
}

/** Another address of a nameserver, at which a test can see and spoil what passes. */
async function proxyTo(test: Test, cluster: RocketmqTestCluster, index: number) {
  const proxy = await chaosProxy(placeOf(at(cluster.nameservers, index)));
  test.onTestFinished(() => proxy.close());
  return { proxy, address: `${proxy.host}:${proxy.port}` };
}

/** The address server says something else until the test ends. */
function relisted(test: Test, { addressServer }: RocketmqTestCluster, addresses: readonly string[]) {
  const before = addressServer.addresses;
  test.onTestFinished(() => {
    addressServer.addresses = before;
  });
  addressServer.addresses = addresses;
  return { addressServer };
}
