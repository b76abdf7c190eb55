import { setTimeout as wait } from "node:timers/promises";
import { allowHosts, type Endpoint, type MapEndpoint } from "@rollcall/core";
import { etcdMembers } from "@rollcall/etcd";
import type { EtcdCluster, EtcdClusterMember } from "@rollcall/etcd/simulator";
import { grpcTarget } from "@rollcall/grpc";
import { type ChaosProxy, chaosProxy } from "@rollcall/testkit";
import { expect, it, vi } from "vitest";
import { type KeyValueClient, plainClient } from "../src/index.js";
import { believed, believedListed, clusterFor, listed, pollerOn, type StartCluster, type Test, urls } from "./etcd-scenario.js";
import { pollerOf, present } from "./scenario.js";

const QUICK = { minIntervalMs: 20, probe: { timeoutMs: 500, recheckMs: 200 } };
/** A write that is sent to nobody who serves would take this long, and fail. */
const DEADLINE_MS = 5_000;

/** Addresses of this machine where nobody listens, for members that clients do try to reach. */
const NOWHERE = ["127.0.2.1", "127.0.2.2"] as const;

/**
 * Members that advertise addresses which clients cannot use as they are. Where nobody must try to reach them, or they must not be of this
 * machine, these are of 192.0.2.0/24, where nobody is (RFC 5737).
 */
export function natScenarios(startCluster: StartCluster): void {
  const start = (test: Test) => clusterFor(test, startCluster, { timers: "fast" });

  it("row 13: behind NAT, mapEndpoint leads polls, spare, probes and calls to where the members can be reached", async (test) => {
    const cluster = await start(test);
    const nat = await natBefore(test, cluster);
    const poller = pollerOn(test, [`127.0.0.1:${nat.doors[0]?.port}`], { ...QUICK, intervalMs: 60_000, mapEndpoint: nat.map });
    const { endpoints, metadata } = await poller.ready();
    expect(metadata.members.flatMap(({ clientUrls }) => clientUrls).sort()).toEqual(urls(cluster).toSorted());
    expect(new Set(endpoints.map(({ host }) => host))).toEqual(new Set(["127.0.0.1"]));
    expect(endpoints.map(({ id }) => id).sort()).toEqual(cluster.members.map(({ id }) => id).sort());

    poller.subscribe(() => undefined);
    await poller.refresh();
    // One connection for the polls, and a spare to another member.
    await vi.waitFor(() => expect(nat.doors.map(({ connections }) => connections).sort()).toEqual([0, 1, 1]), { timeout: 5_000 });

    const before = nat.doors.map(({ accepted }) => accepted);
    for (const endpoint of endpoints) poller.suspect(endpoint);
    await vi.waitFor(() => expect(nat.doors.every(({ accepted }, at) => accepted > (before[at] ?? 0))).toBe(true), { timeout: 5_000 });

    const channel = channelOn(test, grpcTarget(poller));
    for (let write = 0; write < 20; write += 1) await channel.put("nat", `${write}`, DEADLINE_MS);
    await vi.waitFor(() => expect(nat.doors.every(({ connections }) => connections > 0)).toBe(true), { timeout: 5_000 });

    // The only seed goes, so the next poll finds its way by what was learned.
    await nat.doors[0]?.close();
    await poller.refresh();
    expect(poller.snapshot?.aside.length).toBeLessThanOrEqual(1);
    expect(poller.status.failures).toBe(0);
  });

  it("row 13: without a mapping, a member that moves where nobody can reach it, and one that joins there, cost no call", async (test) => {
    const cluster = await start(test);
    const leader = await cluster.leader();
    const moving = present(
      cluster.members.find(({ id }) => id !== leader.id),
      "a follower",
    );
    const poller = pollerOn(test, urls(cluster), { ...QUICK, intervalMs: 500 });
    const channel = channelOn(test, grpcTarget(poller));
    await poller.ready();
    await channel.put("nat", "first", DEADLINE_MS);
    await restart(cluster, moving, `http://${NOWHERE[0]}:1`);

    const writing = new AbortController();
    const written = writeWhile(channel, () => !writing.signal.aborted);
    written.catch(() => undefined);
    const aside = (): readonly string[] => poller.snapshot?.aside.map(({ host }) => host).sort() ?? [];
    await vi.waitFor(() => expect(aside()).toEqual([NOWHERE[0]]), { timeout: 10_000 });
    expect(believedListed(poller)).toBe(listed(...cluster.members));

    const joining = await cluster.grow({ learner: true, start: false });
    await cluster.start(joining, { advertise: `http://${NOWHERE[1]}:1` });
    const used: string[] = [];
    poller.subscribe(({ endpoints }) => used.push(...endpoints.map(({ id }) => id)));
    await cluster.promote(joining);
    await vi.waitFor(() => expect(aside()).toEqual(NOWHERE), { timeout: 10_000 });
    await vi.waitFor(() => expect(poller.status.aside.find(({ id }) => id === joining.id)?.reason).not.toBe("newcomer"), {
      timeout: 5_000,
    });
    await writeWhile(channel, (acknowledged) => acknowledged < 30);
    writing.abort();
    expect(await written).toBeGreaterThan(10);
    expect(used).not.toContain(joining.id);
  });

  it("row 13: allowHosts keeps a client to its own network: whoever advertises another is neither used nor asked", async (test) => {
    const cluster = await start(test);
    const [stranger, ...others] = cluster.members;
    const elsewhere = present(stranger, "a member");
    await restart(cluster, elsewhere, "http://192.0.2.1:2379");
    const asked: string[] = [];
    const source = etcdMembers({ seeds: others.map(({ clientUrl }) => clientUrl) });
    const probe = source.probe?.bind(source);
    const watched = Object.assign(source, {
      probe: async (...[endpoint, context]: Parameters<NonNullable<typeof probe>>) => {
        asked.push(endpoint.host);
        await probe?.(endpoint, context);
      },
    });
    const poller = pollerOf(test, watched, { ...QUICK, probe: { everyMs: 20 }, mapEndpoint: allowHosts({ cidrs: ["127.0.0.0/8"] }) });
    poller.subscribe(() => undefined);
    const { metadata } = await poller.ready();
    await vi.waitFor(() => expect(asked.length).toBeGreaterThan(4), { timeout: 5_000 });
    expect(new Set(asked)).toEqual(new Set(["127.0.0.1"]));
    expect(believedListed(poller)).toBe(listed(...others));
    expect(metadata.members.find(({ id }) => id === elsewhere.id)?.clientUrls).toEqual(["http://192.0.2.1:2379"]);
  });

  it("row 13: with loopback: drop, members that advertise the loopback address are no endpoints, with one warning", async (test) => {
    const cluster = await start(test);
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    test.onTestFinished(() => warn.mockRestore());
    const strict = { seeds: urls(cluster), loopback: "drop" } as const;
    const nobody = pollerOf(test, etcdMembers(strict), { minIntervalMs: 10 });
    await expect(nobody.refresh()).rejects.toMatchObject({ code: "EMPTY_METADATA", message: expect.stringContaining("own machine") });
    expect(warn.mock.calls.map(([, options]) => options)).toMatchObject([{ code: "ROLLCALL_ETCD_LOOPBACK" }]);

    const moving = present(cluster.members[0], "a member");
    await restart(cluster, moving, "http://192.0.2.1:2379");
    const one = pollerOf(test, etcdMembers({ ...strict, seeds: urls(cluster).slice(1) }), { minIntervalMs: 10 });
    await one.refresh();
    expect(believed(one)).toBe(listed(moving));
  });
}

/** An address translation: the members advertise 192.0.2.1 and so on, and each can be reached through a door only. */
async function natBefore(test: Test, cluster: EtcdCluster): Promise<{ readonly doors: readonly ChaosProxy[]; readonly map: MapEndpoint }> {
  const doors = new Map<string, ChaosProxy>();
  for (const [index, member] of cluster.members.entries()) {
    const door = await chaosProxy({ host: "127.0.0.1", port: Number(new URL(member.clientUrl).port) });
    test.onTestFinished(() => door.close());
    const advertised = `192.0.2.${index + 1}`;
    doors.set(advertised, door);
    await restart(cluster, member, `http://${advertised}:2379`);
  }
  const map = (endpoint: Endpoint): Endpoint | undefined => {
    const door = doors.get(endpoint.host);
    return door && { ...endpoint, host: door.host, port: door.port };
  };
  return { doors: [...doors.values()], map };
}

async function restart(cluster: EtcdCluster, member: EtcdClusterMember, advertise: string): Promise<void> {
  await cluster.kill(member);
  await cluster.start(member, { advertise });
}

function channelOn(test: Test, target: string): KeyValueClient {
  const channel = plainClient({ target });
  test.onTestFinished(() => channel.close());
  return channel;
}

/** How many writes were acknowledged until there were enough. Rejects when one was not within its deadline. */
async function writeWhile(channel: KeyValueClient, goesOn: (acknowledged: number) => boolean): Promise<number> {
  let written = 0;
  for (; goesOn(written); written += 1) {
    await channel.put("nat", "while nobody can reach one", DEADLINE_MS);
    await wait(10);
  }
  return written;
}
