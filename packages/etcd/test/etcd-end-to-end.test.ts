import { MetadataPoller } from "@rollcall/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { type EtcdMembersOptions, type EtcdMetadata, etcdMembers } from "../src/index.js";
import { type EtcdCluster, type EtcdSimulator, type EtcdSimulatorOptions, startEtcdSimulator } from "../src/simulator/index.js";

interface Setup {
  readonly cluster: EtcdSimulator;
  readonly poller: MetadataPoller<EtcdMetadata>;
}

/** A simulated cluster that is polled every 30 s through its first member, by somebody who listens. */
async function setUp(simulated: EtcdSimulatorOptions = {}, options: Partial<EtcdMembersOptions> = {}): Promise<Setup> {
  const cluster = await startEtcdSimulator({ electionMs: 40, ...simulated });
  onTestFinished(() => cluster[Symbol.asyncDispose]());
  const seeds = cluster.members.slice(0, 1).map(({ clientUrl }) => clientUrl);
  const probe = { timeoutMs: 300, recheckMs: 20 };
  const poller = new MetadataPoller(etcdMembers({ seeds, hedgeAfterMs: 50, ...options }), { intervalMs: 30_000, minIntervalMs: 10, probe });
  onTestFinished(() => poller.close());
  poller.subscribe(() => undefined);
  await poller.ready();
  return { cluster, poller };
}

const urlsOf = (poller: MetadataPoller<EtcdMetadata>): readonly string[] =>
  (poller.snapshot?.endpoints ?? []).map(({ host, port }) => `http://${host}:${port}`).sort();

/** Everybody who is listed is in use: a newcomer is once it was asked whether it serves. */
const usesEverybodyIn = ({ cluster, poller }: Setup): Promise<void> => expect.poll(() => urlsOf(poller)).toEqual(urlsIn(cluster));

const urlsIn = ({ members }: EtcdCluster): readonly string[] => members.map(({ clientUrl }) => clientUrl).sort();

describe("a poller on a cluster", () => {
  it("knows every member by its etcd id although the seeds name one", async () => {
    const { cluster, poller } = await setUp();
    expect(urlsOf(poller)).toEqual(urlsIn(cluster));
    expect(poller.snapshot?.endpoints.map(({ id }) => id)).toEqual(cluster.members.map(({ id }) => id).sort());
    await expect.poll(() => cluster.connections).toBe(2);
  });

  it("uses a learner only once it is promoted, and an unstarted member never", async () => {
    const { cluster, poller } = await setUp();
    const before = urlsIn(cluster);
    const learner = await cluster.grow({ learner: true });
    const { metadata } = await poller.refresh();
    expect(metadata.members.find(({ id }) => id === learner.id)?.role).toBe("learner");
    expect(urlsOf(poller)).toEqual(before);
    await cluster.promote(learner);
    await poller.refresh();
    await usesEverybodyIn({ cluster, poller });
    const unstarted = await cluster.grow({ start: false });
    const { aside, metadata: after } = await poller.refresh();
    expect(after.members.find(({ id }) => id === unstarted.id)?.role).toBe("unstarted");
    expect([urlsOf(poller), aside]).toEqual([[...before, learner.clientUrl].sort(), []]);
  });

  it("row 12: follows the replacement of every member, seeds included, faster than its interval", async () => {
    const { cluster, poller } = await setUp();
    const originals = [...cluster.members];
    await expect.poll(() => cluster.connections).toBe(2);
    for (const [index, member] of originals.entries()) {
      const replacement = await cluster.replace(member);
      // The seed held a connection, so its end alone must bring the news.
      if (index === 0) for await (const { endpoints } of poller) if (endpoints.some(({ id }) => id === replacement.id)) break;
    }
    await poller.refresh();
    await usesEverybodyIn({ cluster, poller });
    expect(urlsOf(poller).filter((url) => originals.some(({ clientUrl }) => clientUrl === url))).toEqual([]);
  });

  it("asks again by itself when the member it is connected to goes away", async () => {
    const { cluster, poller } = await setUp();
    const [seed] = cluster.members;
    if (seed !== undefined) await cluster.remove(seed);
    for await (const { endpoints } of poller) if (endpoints.length === 2) break;
    expect(urlsOf(poller)).toEqual(urlsIn(cluster));
  });

  it("passes a frozen member, which stays in use while nobody suspects it, and keeps no connection to it", async () => {
    const { cluster, poller } = await setUp();
    const [seed] = cluster.members;
    if (seed !== undefined) await cluster.freeze(seed);
    await poller.refresh();
    await poller.refresh();
    expect(urlsOf(poller)).toEqual(urlsIn(cluster));
    expect(poller.status.failures).toBe(0);
  });

  it("does not believe a member that is cut off from its peers", async () => {
    const { cluster, poller } = await setUp();
    const [seed] = cluster.members;
    if (seed === undefined) throw new Error("the cluster is empty");
    await cluster.isolate(seed);
    const joined = await cluster.grow();
    await poller.refresh();
    // Whoever is cut off is rightly set aside if it happens to be the newcomer's witness.
    await expect.poll(() => poller.snapshot?.endpoints.some(({ id }) => id === joined.id)).toBe(true);
    expect(poller.snapshot?.endpoints.length).toBeGreaterThanOrEqual(3);
  });

  it("does not use a newcomer that is silent until it answers", async () => {
    const { cluster, poller } = await setUp();
    const before = urlsIn(cluster);
    const joining = await cluster.growSilent();
    await poller.refresh();
    await expect.poll(() => poller.status.aside).toMatchObject([{ id: joining.id, reason: "silent" }]);
    expect(urlsOf(poller)).toEqual(before);
    await cluster.thaw(joining);
    await usesEverybodyIn({ cluster, poller });
  });

  it("row 22: sets a member aside that is suspected and does not serve, and uses it again", async () => {
    const { cluster, poller } = await setUp();
    const [, isolated] = cluster.members;
    if (isolated === undefined) throw new Error("the cluster is too small");
    await cluster.isolate(isolated);
    const { hostname, port } = new URL(isolated.clientUrl);
    poller.suspect({ host: hostname, port: Number(port) });
    await expect.poll(() => poller.status.aside).toMatchObject([{ id: isolated.id, reason: "refused" }]);
    expect(String(poller.status.aside[0]?.error)).toMatch(
      new RegExp(`Status of member ${isolated.id} at ${isolated.clientUrl} .*no leader`),
    );
    await cluster.heal(isolated);
    await usesEverybodyIn({ cluster, poller });
  });

  it("keeps the id of a member that moved", async () => {
    const { cluster, poller } = await setUp();
    const [, , moved] = cluster.members;
    if (moved === undefined) throw new Error("the cluster is too small");
    const { id } = moved;
    await cluster.kill(moved);
    await cluster.start(moved, { move: true });
    await poller.refresh();
    expect(poller.snapshot?.endpoints.find((endpoint) => endpoint.id === id)?.port).toBe(Number(new URL(moved.clientUrl).port));
  });

  it("renews its token when every token has expired", async () => {
    const auth = { username: "root", password: "secret" };
    // A second member that is asked because the first is slow would fetch a token as well.
    const { cluster, poller } = await setUp({ auth }, { auth, hedgeAfterMs: 2_000 });
    await cluster.expireTokens();
    await poller.refresh();
    expect([cluster.calls.get("Authenticate"), poller.status.failures]).toEqual([2, 0]);
  });

  it("says UNAUTHENTICATED at once when the password is wrong", async () => {
    const cluster = await startEtcdSimulator({ auth: { username: "root", password: "secret" } });
    onTestFinished(() => cluster[Symbol.asyncDispose]());
    const seeds = cluster.members.map(({ clientUrl }) => clientUrl);
    const poller = new MetadataPoller(etcdMembers({ seeds, auth: { username: "root", password: "wrong" } }));
    onTestFinished(() => poller.close());
    await expect(poller.ready()).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  });
});
