import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { shrinkGuard } from "@rollcall/core";
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

const POLLS = 100;
const PACE = { intervalMs: 600_000, minIntervalMs: 50 } as const;
/** Whether nameservers serve is asked by itself, and soon. */
const WATCHFUL = { ...EAGER, probe: { timeoutMs: 500, recheckMs: 200, everyMs: 200 } } as const;
const TOPIC = "orders";

/** Nameservers that are listed and do not answer. Leaves a topic behind. */
export function frozenNameserverScenarios(shared: () => RocketmqTestCluster, print: (line: string) => void): void {
  it("2, row 10: one nameserver is frozen: 100 polls of brokers and of routes all succeed, in less than twice the normal time", async (test) => {
    const cluster = shared();
    await cluster.createTopic(TOPIC);
    const nameservers = nameserversOf(test, cluster, { ...EAGER, probe: WATCHFUL.probe });
    const pollers = [brokersOf(test, cluster, PACE, { nameservers }), routesOf(test, cluster, [TOPIC], PACE, { nameservers })];
    for (const poller of pollers) poller.subscribe(() => undefined);
    await Promise.all(pollers.map((poller) => poller.ready()));
    const hundredPolls = async (): Promise<number> => {
      const began = performance.now();
      await Promise.all(
        pollers.map(async (poller) => {
          for (let polls = 0; polls < POLLS; polls += 1) await poller.refresh();
        }),
      );
      return performance.now() - began;
    };
    const normalMs = await hundredPolls();
    const frozen = at(cluster.nameservers, 0);
    await whileFrozen(cluster, [frozen], async () => {
      const frozenMs = await hundredPolls();
      print(`${POLLS} polls of brokers and of routes: ${Math.round(normalMs)} ms, with a frozen nameserver ${Math.round(frozenMs)} ms`);
      expect(await accepts(frozen.address), "the frozen one must accept connections, else this run proves nothing").toBe(true);
      expect(believedAside(nameservers)).toBe(frozen.address);
      expect(frozenMs).toBeLessThan(2 * normalMs);
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
