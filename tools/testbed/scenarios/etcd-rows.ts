import { setTimeout as wait } from "node:timers/promises";
import { status } from "@grpc/grpc-js";
import type { SnapshotStore } from "@rollcall/core";
import { etcdMembers } from "@rollcall/etcd";
import { grpcTarget } from "@rollcall/grpc";
import { expect, it, vi } from "vitest";
import { plainClient } from "../src/index.js";
import { believed, clusterFor, listed, pollerOn, type ScenarioCluster, type StartCluster, type Test, urls } from "./etcd-scenario.js";
import { AskedSource } from "./etcd-suspicion-delays.js";
import { pollerOf, present } from "./scenario.js";

/** Polls as often as the test asks, and otherwise hardly ever. */
const ON_DEMAND = { intervalMs: 60_000, minIntervalMs: 10, timeoutMs: 10_000 };
/** Until the others have a leader again, and probes have answered on a busy machine. */
const SETTLED = { timeout: 15_000 };

/** Rows of the table of etcd's behaviour that are about one cluster, its answers and its outages. */
export function rowScenarios(startCluster: StartCluster): void {
  const start = (test: Test): Promise<ScenarioCluster> => clusterFor(test, startCluster, { timers: "fast" });
  answerRows(start);
  outageRows(start);
  servingRows(start);
}

type Start = (test: Test) => Promise<ScenarioCluster>;

/** What is believed of answers. */
function answerRows(start: Start): void {
  it("row 8: polls that bring nothing new tell a sink nothing, whoever answers, and a removal tells it once", async (test) => {
    const cluster = await start(test);
    const orders = urls(cluster).map(async (url) => (await pollerOn(test, [url]).ready()).endpoints);
    const [first, ...others] = await Promise.all(orders);
    for (const order of others) expect(order).toEqual(first);

    const poller = pollerOn(test, urls(cluster), ON_DEMAND);
    const told: number[] = [];
    poller.subscribe(({ endpoints }) => told.push(endpoints.length));
    const before = await poller.ready();
    for (let poll = 0; poll < 20; poll += 1) expect(await poller.refresh()).toBe(before);
    await cluster.remove(memberAt(cluster, 2));
    await vi.waitFor(() => poller.refresh(), SETTLED);
    await vi.waitFor(() => expect(told).toEqual([3, 2]), SETTLED);
  });

  it("row 9: of seeds in two clusters one is polled, and nothing of the other is merged", async (test) => {
    const [ours, theirs] = await Promise.all([start(test), start(test)]);
    const mixed = [memberAt(theirs, 0).clientUrl, memberAt(ours, 0).clientUrl];
    const { clusterId } = (await pollerOn(test, urls(ours)).ready()).metadata;
    // Seeds are asked in a random order.
    for (let round = 0; round < 4; round += 1) {
      const pinned = pollerOf(test, etcdMembers({ seeds: mixed, clusterId }));
      await pinned.ready();
      expect(believed(pinned)).toBe(listed(...ours.members));
      const whoever = pollerOn(test, mixed, ON_DEMAND);
      const first = await whoever.ready();
      expect([listed(...ours.members), listed(...theirs.members)]).toContain(believed(whoever));
      for (let poll = 0; poll < 3; poll += 1) expect(await whoever.refresh()).toBe(first);
    }
    const astray = pollerOf(test, etcdMembers({ seeds: urls(theirs), clusterId }));
    await expect(astray.ready()).rejects.toMatchObject({ code: "FOREIGN_CLUSTER", message: expect.stringContaining(`${clusterId}`) });
    expect(astray.snapshot).toBeUndefined();
  });

  it("row 20: polls that meet a member without a leader (row 4) remove nobody; a list that shrinks to one of three is held twice", async (test) => {
    const cluster = await start(test);
    const cutOff = memberAt(cluster, 0);
    const poller = pollerOn(test, [cutOff.clientUrl], ON_DEMAND);
    poller.subscribe(() => undefined);
    const first = await poller.ready();
    await cluster.isolate(cutOff);
    // Who answered last is asked first.
    await vi.waitFor(() => poller.refresh(), SETTLED);
    expect(poller.snapshot).toBe(first);
    await cluster.heal(cutOff);

    const patient = pollerOn(test, urls(cluster), ON_DEMAND);
    await patient.ready();
    for (const member of cluster.members.slice(1)) await cluster.remove(member);
    for (let poll = 0; poll < 2; poll += 1) {
      await expect(patient.refresh()).rejects.toMatchObject({ code: "HELD" });
      expect(patient.snapshot?.endpoints.length).toBe(3);
    }
    await patient.refresh();
    expect(believed(patient)).toBe(listed(cutOff));
  });
}

/** What an outage of members costs. */
function outageRows(start: Start): void {
  it("row 1: with a store, ready() during an outage has the last good members; without one it waits for the first answer", async (test) => {
    const cluster = await start(test);
    const store = memoryStore();
    const earlier = pollerOn(test, urls(cluster).slice(0, 1), { store });
    await earlier.ready();
    await vi.waitFor(() => expect(store.saved()).toBe(true), SETTLED);
    await earlier.close();
    for (const member of cluster.members) await cluster.kill(member);

    const restarted = pollerOn(test, urls(cluster).slice(0, 1), { store });
    await restarted.ready();
    expect([believed(restarted), restarted.status.state]).toEqual([listed(...cluster.members), "stale"]);
    const newborn = pollerOn(test, urls(cluster).slice(0, 1));
    const waiting = newborn.ready();
    await vi.waitFor(() => expect(newborn.status).toMatchObject({ state: "pending", error: { code: "UNAVAILABLE" } }), SETTLED);
    await Promise.all(cluster.members.map((member) => cluster.start(member)));
    await waiting;
    expect(believed(newborn)).toBe(listed(...cluster.members));
  });

  it("row 5: without a quorum the last good set stays, stale, and the error says what each member did", async (test) => {
    const cluster = await start(test);
    const source = etcdMembers({ seeds: urls(cluster), hedgeAfterMs: 100, attemptTimeoutMs: 500 });
    const poller = pollerOf(test, source, { intervalMs: 1_000, minIntervalMs: 100, timeoutMs: 5_000, staleAfterMs: 1_000 });
    poller.subscribe(() => undefined);
    const before = await poller.ready();
    const [alive, ...frozen] = cluster.members;
    for (const member of frozen) await cluster.freeze(member);
    const each = [...frozen.map(({ clientUrl }) => `${clientUrl}: [^;]*no answer within 500 ms`), `${alive?.clientUrl}: [^;]*no leader`];
    const everyone = expect.stringMatching(new RegExp(`^${each.map((said) => `(?=.*${said})`).join("")}`, "s"));
    await vi.waitFor(() => expect(poller.status).toMatchObject({ state: "stale", error: { message: everyone } }), SETTLED);
    expect(poller.snapshot).toBe(before);
    for (const member of frozen) await cluster.thaw(member);
    await vi.waitFor(() => expect(poller.status).toMatchObject({ state: "fresh", failures: 0 }), SETTLED);
    expect(poller.snapshot).toBe(before);
  });

  it("row 19: a channel made while every member is down fails with what the poll said, and works once they are up", async (test) => {
    const cluster = await start(test);
    for (const member of cluster.members) await cluster.kill(member);
    const poller = pollerOn(test, urls(cluster), { intervalMs: 1_000, minIntervalMs: 100 });
    const told: number[] = [];
    poller.subscribe(({ endpoints }) => told.push(endpoints.length));
    const channel = plainClient({ target: grpcTarget(poller) });
    test.onTestFinished(() => channel.close());
    const early = expect.stringMatching(new RegExp(`${memberAt(cluster, 0).clientUrl}.*UNAVAILABLE`, "s"));
    await expect(channel.put("down", "early", 5_000)).rejects.toMatchObject({ code: status.UNAVAILABLE, message: early });
    await Promise.all(cluster.members.map((member) => cluster.start(member)));
    await vi.waitFor(() => channel.put("down", "late", 1_000), SETTLED);
    await vi.waitFor(() => expect(believed(poller)).toBe(listed(...cluster.members)), SETTLED);
    expect(told.at(-1)).toBe(3);
    expect(told).not.toContain(0);
  });
}

/** Members that are listed and do not serve. */
function servingRows(start: Start): void {
  it("row 18: with one member dead calls go on, and a balancing channel that asks for news causes a poll per floor at most", async (test) => {
    const [floorMs, watchedMs, backoffMs] = [500, 3_000, 100];
    const cluster = await start(test);
    const asked = new AskedSource(test, etcdMembers({ seeds: urls(cluster) }));
    // Without probes the dead one stays in use.
    const poller = pollerOf(test, asked.source, { minIntervalMs: floorMs, probe: false });
    await poller.ready();
    // By default grpc-js itself asks once a second or less, as it tries the dead one anew; here several times per floor.
    const options = { "grpc.initial_reconnect_backoff_ms": backoffMs, "grpc.max_reconnect_backoff_ms": backoffMs };
    const channel = plainClient({ target: grpcTarget(poller), options });
    test.onTestFinished(() => channel.close());
    await channel.put("row 18", "before", 5_000);
    const [before, began] = [asked.polls, performance.now()];
    await cluster.kill(await follower(cluster));
    // A call that is sent before the channel has noticed would be lost.
    await vi.waitFor(() => expect(asked.polls).toBeGreaterThan(before), SETTLED);
    for (; performance.now() - began < watchedMs; await wait(20)) await channel.put("row 18", "with a dead one", 5_000);
    expect(asked.polls - before).toBeLessThanOrEqual((performance.now() - began) / floorMs + 1);
    expect(poller.snapshot?.endpoints.length).toBe(3);
  });

  it("row 22: a member without a leader is set aside once suspected; when all are without one, all are used", async (test) => {
    const cluster = await start(test);
    const poller = pollerOn(test, urls(cluster), { ...ON_DEMAND, probe: { timeoutMs: 500, recheckMs: 100 } });
    poller.subscribe(() => undefined);
    const { endpoints } = await poller.ready();
    const suspectAll = (): void => {
      for (const endpoint of endpoints) poller.suspect(endpoint);
    };
    const cutOff = await follower(cluster);
    await cluster.isolate(cutOff);
    suspectAll();
    await vi.waitFor(() => expect(poller.status.aside).toMatchObject([{ id: cutOff.id, reason: "refused" }]), SETTLED);
    expect(String(poller.status.aside[0]?.error)).toContain("no leader");
    for (const member of cluster.members) if (member.id !== cutOff.id) await cluster.isolate(member);
    suspectAll();
    await vi.waitFor(() => expect(believed(poller)).toBe(listed(...cluster.members)), SETTLED);
    for (const member of cluster.members) await cluster.heal(member);
    await vi.waitFor(() => poller.refresh(), SETTLED);
    suspectAll();
    await vi.waitFor(() => expect(poller.status.aside).toEqual([]), SETTLED);
    // That was so before they had a leader again. What is new is that others serve, so that one who does not is set aside.
    const again = await follower(cluster);
    await cluster.isolate(again);
    suspectAll();
    await vi.waitFor(() => expect(poller.status.aside).toMatchObject([{ id: again.id, reason: "refused" }]), SETTLED);
    await cluster.heal(again);
    suspectAll();
    await vi.waitFor(() => expect(poller.status.aside).toEqual([]), SETTLED);
    expect(believed(poller)).toBe(listed(...cluster.members));
  });
}

function memberAt({ members }: ScenarioCluster, index: number): ScenarioCluster["members"][number] {
  return present(members[index], `member ${index}`);
}

async function follower(cluster: ScenarioCluster): Promise<ScenarioCluster["members"][number]> {
  const leader = await cluster.leader();
  return present(
    cluster.members.find(({ id }) => id !== leader.id),
    "a follower",
  );
}

/** A store that outlives its poller, but not the test. */
function memoryStore(): SnapshotStore & { readonly saved: () => boolean } {
  let json: string | undefined;
  return {
    load: async () => (json === undefined ? undefined : JSON.parse(json)),
    save: async (_key, snapshot) => {
      json = JSON.stringify(snapshot);
    },
    saved: () => json !== undefined,
  };
}
