import type { Endpoint } from "@rollcall/core";
import type { KafkaTestCluster } from "@rollcall/kafka/simulator";
import { expect, it, vi } from "vitest";
import { kafkaApplication } from "../src/index.js";
import {
  addresses,
  believed,
  believedAside,
  believedListed,
  brokerAt,
  brokersOf,
  idOf,
  listed,
  listedTo,
  liveBrokers,
  staticAdmin,
  withoutBroker,
  writerOn,
} from "./kafka-scenario.js";

/** Short, to see soon; a poll of a real cluster takes 16 ms. */
const EAGER = { intervalMs: 200, minIntervalMs: 20 } as const;
/** Never polls by itself in a test. */
const PATIENT = { intervalMs: 600_000, minIntervalMs: 10 } as const;
const SOON_MS = 5_000;
/** One second with its jitter, and what a busy machine may add. */
const ONE_INTERVAL_MS = 1.1 * 1_000 + 500;

/** Who is in the set, and how it changes. Nobody is killed. */
export function membershipScenarios(shared: () => KafkaTestCluster): void {
  it("row 1: an idle poller knows a broker that joined within one interval, and one that left", async (test) => {
    const cluster = shared();
    const poller = brokersOf(test, cluster, { intervalMs: 1_000, minIntervalMs: 50 });
    poller.subscribe(() => undefined);
    await poller.ready();
    const joined = await cluster.addBroker();
    await vi.waitFor(() => expect(believed(poller)).toBe(listed(...cluster.brokers)), { timeout: ONE_INTERVAL_MS });
    expect(poller.snapshot?.endpoints.find(({ id }) => id === idOf(joined))?.attributes).toEqual({ rack: joined.rack });
    await cluster.stop(joined);
    await cluster.unregister(joined);
    await vi.waitFor(() => expect(believedListed(poller)).toBe(listed(...cluster.brokers)), { timeout: ONE_INTERVAL_MS });
  });

  it("6, row 11: a broker that is back on another port is changed, not removed and added", async (test) => {
    const cluster = shared();
    const [patient, eager] = [brokersOf(test, cluster, PATIENT), brokersOf(test, cluster, EAGER)];
    const diffs: unknown[] = [];
    patient.subscribe((_, { added, removed, changed }) => diffs.push([added.length, removed, changed]));
    const seen = new Set<string>();
    eager.subscribe(({ endpoints, aside }) => seen.add(idsOf([...endpoints, ...aside])), { metadata: true });
    const [before] = (await Promise.all([patient.ready(), eager.ready()])).map(({ endpoints }) => endpoints);
    const moving = brokerAt(cluster, 0);
    const control = kafkaApplication(cluster.client, [moving.address]).admin();
    test.onTestFinished(() => control.disconnect());
    await cluster.stop(moving);
    await cluster.start(moving, { move: true });
    await patient.refresh();
    await vi.waitFor(() => expect([believed(patient), believed(eager)]).toEqual(Array(2).fill(listed(...cluster.brokers))), SOON_MS);
    const at = (endpoints: readonly Endpoint[] | undefined) => endpoints?.find(({ id }) => id === idOf(moving));
    expect(diffs).toEqual([
      [cluster.brokers.length, [], []],
      [0, [], [[at(before), at(patient.snapshot?.endpoints)]]],
    ]);
    expect([...seen]).toEqual([cluster.brokers.map(idOf).join(" ")]);
    await expect(control.connect(), "a client with only the old address must be dead, else this run proves nothing").rejects.toThrow();
  });

  it("row 11: fifty polls of a cluster at rest publish one version, although every answer names another controller", async (test) => {
    const poller = brokersOf(test, shared(), PATIENT);
    const versions: number[] = [];
    poller.subscribe(({ version }) => versions.push(version), { metadata: true });
    for (let polls = 0; polls < 50; polls += 1) await poller.refresh();
    expect(versions).toEqual([1]);
  });

  it("row 12: who starts is led to the brokers of its rack while one of them serves, and to all others when none does", async (test) => {
    const cluster = shared();
    const near = brokerAt(cluster, 0);
    const poller = brokersOf(test, cluster, EAGER);
    const brokers = liveBrokers(test, poller, { rack: near.rack });
    const picks = async (): Promise<Set<string>> => {
      const picked = new Set<string>();
      for (let calls = 0; calls < 300; calls += 1) for (const address of await brokers()) picked.add(address);
      return picked;
    };
    const nearby = cluster.brokers.filter(({ rack }) => rack === near.rack);
    expect(await picks()).toEqual(new Set(nearby.map(({ address }) => address)));
    for (const broker of nearby) await cluster.stop(broker);
    await vi.waitFor(() => expect(believedAside(poller)).toHaveLength(nearby.length), SOON_MS);
    const others = new Set(addresses(cluster));
    for (const { address } of nearby) others.delete(address);
    expect(await picks()).toEqual(others);
  });

  it("row 16: a controller's port is no seed, and the error says so", async (test) => {
    const cluster = shared();
    const poller = brokersOf(test, cluster, { seeds: [cluster.controllerAddress] });
    await expect(poller.refresh()).rejects.toMatchObject({
      code: "MALFORMED_RESPONSE",
      message: expect.stringMatching(new RegExp(`${cluster.controllerAddress}.*controller`, "s")),
    });
  });
}

/** Brokers that restart, die, and are forgotten. */
export function registrationScenarios(shared: () => KafkaTestCluster): void {
  it("10, row 9: while all brokers restart in turn none leaves the list, and each is out of use only while it is down", async (test) => {
    const cluster = shared();
    const topic = "restarts";
    await cluster.createTopics([{ topic }]);
    const control = writerOn(test, cluster.client, addresses(cluster), { topic, name: "static/" });
    await control.connect();
    await control.write(1);
    const poller = brokersOf(test, cluster, EAGER);
    const all = cluster.brokers.map(idOf).join(" ");
    const seen: { readonly at: number; readonly used: readonly string[]; readonly all: string }[] = [];
    poller.subscribe(
      ({ endpoints, aside }) =>
        seen.push({ at: performance.now(), used: endpoints.map(({ id }) => id), all: idsOf([...endpoints, ...aside]) }),
      { metadata: true },
    );
    await poller.ready();
    const down: { readonly id: string; readonly from: number; readonly to: number }[] = [];
    for (const broker of cluster.brokers) {
      const from = performance.now();
      await cluster.stop(broker);
      // Nobody who looks each 200 ms can be expected to see less.
      await vi.waitFor(() => expect(believedAside(poller)).toEqual([`${broker.id} reported`]), SOON_MS);
      await cluster.start(broker);
      await vi.waitFor(() => expect(believed(poller)).toBe(listed(...cluster.brokers)), { timeout: 2 * EAGER.intervalMs + 500 });
      down.push({ id: idOf(broker), from, to: performance.now() });
    }
    expect(new Set(seen.map((version) => version.all))).toEqual(new Set([all]));
    const out = seen.flatMap(({ at, used }) => all.split(" ").flatMap((id) => (used.includes(id) ? [] : [{ at, id }])));
    expect(out.filter(({ at, id }) => !down.some((one) => one.id === id && one.from < at && at < one.to))).toEqual([]);
    expect(new Set(out.map(({ id }) => id))).toEqual(new Set(all.split(" ")));
    // A static list lives through this as well, since all its addresses come back: what it lacks is who was down meanwhile.
    await control.write(3);
    expect(control.report).toMatchObject({ acknowledged: 4, failed: [] });
  });

  it("5, rows 10 and 14: a killed broker goes aside when it is suspected, then as fenced, and leaves when it is unregistered", async (test) => {
    const cluster = shared();
    const [patient, eager] = [brokersOf(test, cluster, PATIENT), brokersOf(test, cluster, EAGER)];
    for (const poller of [patient, eager]) poller.subscribe(() => undefined);
    const [{ endpoints }] = await Promise.all([patient.ready(), eager.ready()]);
    const control = await staticAdmin(test, cluster, addresses(cluster));
    const dead = brokerAt(cluster, -1);
    const others = withoutBroker(cluster, dead);
    expect(await listedTo(control)).toContain(dead.id);
    await cluster.kill(dead);
    for (const endpoint of endpoints) if (endpoint.id === idOf(dead)) patient.suspect(endpoint);
    await vi.waitFor(() => expect(believed(patient)).toBe(listed(...others)), { timeout: 1_000, interval: 5 });
    await vi.waitFor(() => expect(believedAside(eager)).toEqual([`${dead.id} reported`]), SOON_MS);
    expect([believed(eager), believedListed(eager)]).toEqual([listed(...others), listed(...others, dead)]);
    const whileDown = await listedTo(control);
    await cluster.unregister(dead);
    await vi.waitFor(() => expect(believedListed(eager)).toBe(listed(...others)), SOON_MS);
    const ids = others.map(({ id }) => id);
    expect([whileDown, await listedTo(control)], "kafkajs cannot tell down from gone").toEqual([ids, ids]);
    await cluster.start(dead);
    await vi.waitFor(() => expect(believed(eager)).toBe(listed(...others, dead)), SOON_MS);
  });

  it("5. a live broker that was unregistered by mistake leaves, and is back once it was started again", async (test) => {
    const cluster = shared();
    const poller = brokersOf(test, cluster, EAGER);
    poller.subscribe(() => undefined);
    await poller.ready();
    const alive = brokerAt(cluster, 0);
    const others = withoutBroker(cluster, alive);
    await cluster.unregister(alive);
    await vi.waitFor(() => expect(believedListed(poller)).toBe(listed(...others)), SOON_MS);
    // It goes on serving whoever has only its address, and that client cannot know.
    await staticAdmin(test, cluster, [alive.address]);
    await cluster.kill(alive);
    await cluster.start(alive);
    await vi.waitFor(() => expect(believed(poller)).toBe(listed(...others, alive)), SOON_MS);
  });
}

function idsOf(endpoints: readonly Endpoint[]): string {
  return endpoints
    .map(({ id }) => id)
    .sort()
    .join(" ");
}
