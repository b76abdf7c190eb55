import { setTimeout as wait } from "node:timers/promises";
import type { RocketmqTestCluster, RocketmqTestNameserver } from "@rollcall/rocketmq/simulator";
import { expect, it, vi } from "vitest";
import type { RocketmqProducer } from "../src/index.js";
import { Load, type ReplacementPlan, TOPIC } from "./rocketmq-load.js";
import { believed, listed, registered, rocketmqFor, SOON_MS, type StartRocketmq } from "./rocketmq-scenario.js";

/** How long a send may take that began before its client knew better, on a busy machine. */
const SEND_MS = 1_500;
/** How many of the sends between the death of brokers and a client's next look at the routes may fail. Measured: 19 in 20.1 s, 0.095 of them. */
const LOST_SHARE = 0.2;
const SENDS_PER_MS = 1 / 100;
/** How much longer than one poll of a client it takes until all clients have polled. */
const SURELY = 5 / 3;

/** Everything is replaced while stock clients send. Measures time: nothing else should run meanwhile. */
export function replacementScenarios(startRocketmq: StartRocketmq, plan: ReplacementPlan): void {
  const { clientPollMs } = plan;

  it("1, row 25: all nameservers, then all brokers are replaced: who is fed by Rollcall loses a few sends until it looks at the routes again, a static list all", async (test) => {
    const cluster = await rocketmqFor(test, startRocketmq, { nameservers: plan.nameservers, brokers: 0 });
    const old = [...cluster.nameservers];
    const next = await Promise.all(old.map(() => cluster.addNameserver({ up: false })));
    const oldBrokers = await Promise.all(["old-a", "old-b"].map((name) => cluster.addBroker({ name })));
    await cluster.createTopic(TOPIC);
    const load = await Load.on(test, cluster, plan);

    await Promise.all(next.map((nameserver) => cluster.start(nameserver)));
    await registered(test, cluster, next, oldBrokers);
    await listInstead(cluster, load, next);
    await Promise.all(old.map((nameserver) => cluster.kill(nameserver)));
    const newBrokers = await Promise.all(["new-a", "new-b"].map((name) => cluster.addBroker({ name, nameservers: next })));
    await cluster.createTopic(TOPIC, { brokers: newBrokers });
    await wait(SURELY * clientPollMs);
    const lostBefore = load.all.map(([, { report }]) => report.failed.length);
    const killedAt = performance.now();
    await Promise.all(oldBrokers.map((broker) => cluster.kill(broker)));
    await load.watch(killedAt, "A");

    expectDead(load.control, killedAt);
    expect(lostBefore, "no client notices that nameservers are replaced").toEqual(load.all.map(() => 0));
    for (const producer of [load.array, load.nsaddr]) {
      expectRecovered(producer, killedAt, clientPollMs);
      expect(producer.report.failed.length).toBeLessThanOrEqual(Math.ceil(LOST_SHARE * SENDS_PER_MS * clientPollMs));
      expect(producer.report.longestGapMs).toBeLessThan(clientPollMs);
    }
    if (load.java) expectRecovered(load.java, killedAt, load.javaLookUpMs + clientPollMs);
  });

  it("1, row 25: all nameservers are replaced and the old ones left alive: the array loses no send when their broker dies, a static list all", async (test) => {
    const cluster = await rocketmqFor(test, startRocketmq, { nameservers: 2, brokers: 0 });
    const old = [...cluster.nameservers];
    const next = await Promise.all(old.map(() => cluster.addNameserver()));
    const [oldBroker, newBroker] = await Promise.all([
      cluster.addBroker({ name: "old-a", nameservers: old }),
      cluster.addBroker({ name: "new-a", nameservers: next }),
    ]);
    for (const broker of [oldBroker, newBroker]) await cluster.createTopic(TOPIC, { brokers: [broker] });
    const load = await Load.on(test, cluster, plan);

    await listInstead(cluster, load, next);
    await wait(SURELY * clientPollMs);
    const killedAt = performance.now();
    await cluster.kill(oldBroker);
    await load.watch(killedAt, "B");

    expectDead(load.control, killedAt);
    expect(load.array.report.failed).toEqual([]);
    expectRecovered(load.array, killedAt, 0);
    expect(load.array.report.longestGapMs).toBeLessThan(clientPollMs);
    // It reads the list anew only when a connection closes: that of the broker that died. Measured: 281 of 1 093, in 28.3 s of a poll of 30 s.
    expectRecovered(load.nsaddr, killedAt, clientPollMs);
    if (load.java) expectRecovered(load.java, killedAt, load.javaLookUpMs + clientPollMs);
  });
}

/** The address server says so; resolves once Rollcall does. */
async function listInstead({ addressServer }: RocketmqTestCluster, { feed }: Load, next: readonly RocketmqTestNameserver[]): Promise<void> {
  addressServer.addresses = next.map(({ address }) => address);
  await vi.waitFor(() => expect(believed(feed)).toBe(listed(...next)), { timeout: SOON_MS });
}

/** The control went on to send, and nothing arrived any more. */
function expectDead(control: RocketmqProducer, killedAt: number): void {
  const why = "a static list must be dead, else this run proves nothing";
  expect(control.acknowledgedAfter(killedAt + SEND_MS), why).toBe(0);
  expect(control.lastFailedAt ?? 0, why).toBeGreaterThan(killedAt + SEND_MS);
}

/** Nothing failed any more so long after the brokers died, and something was sent. */
function expectRecovered(producer: RocketmqProducer, killedAt: number, withinMs: number): void {
  const recoveredAt = killedAt + withinMs + SEND_MS;
  expect(producer.lastFailedAt ?? 0, producer.report.failed.at(-1)).toBeLessThan(recoveredAt);
  expect(producer.acknowledgedAfter(recoveredAt)).toBeGreaterThan(0);
}
