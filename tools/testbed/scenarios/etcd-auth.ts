import type { Endpoint, MetadataPoller, MetadataSource } from "@rollcall/core";
import { type EtcdMetadata, etcdMembers } from "@rollcall/etcd";
import { expect, it, vi } from "vitest";
import { AdminClient } from "../src/etcd/admin-client.js";
import {
  believed,
  type ClusterOptions,
  clusterFor,
  listed,
  pollerOn,
  type ScenarioCluster,
  type StartCluster,
  urls,
} from "./etcd-scenario.js";
import { pollerOf } from "./scenario.js";

const ROOT: ClusterOptions = { timers: "fast", password: "right" };
/** Long enough for what a busy machine does between two lines, short enough to wait for: a second more than this. */
const EXPIRING: ClusterOptions = { ...ROOT, tokenTtlS: 2 };

/** Often, so that a change is seen soon; a poll may still take as long as it takes to check three wrong passwords. */
const PACE = { intervalMs: 100, minIntervalMs: 20, timeoutMs: 5_000 };

/** Clusters that tell their members only to a user: since 3.4.42, 3.5.28 and 3.6.9. */
export function authScenarios(startCluster: StartCluster): void {
  it("row 16: the right password knows all members; with a wrong one or none, every member's refusal is in one UNAUTHENTICATED", async (test) => {
    const cluster = await clusterFor(test, startCluster, ROOT);
    const known = pollerOn(test, urls(cluster), { auth: { username: "root", password: "right" } });
    await known.ready();
    expect(believed(known)).toBe(listed(...cluster.members));
    const wrong = pollerOn(test, urls(cluster), { auth: { username: "root", password: "wrong" } });
    await expect(wrong.ready()).rejects.toMatchObject(unauthenticated(cluster, "invalid user ID or password"));
    await expect(pollerOn(test, urls(cluster)).ready()).rejects.toMatchObject(unauthenticated(cluster, "user name is empty"));
  });

  it("row 16: a token that has expired is renewed once for all who wait; no probe with it sets anybody aside", async (test) => {
    const cluster = await clusterFor(test, startCluster, EXPIRING);
    const { ask: password, asked } = secret("right");
    const auth = { username: "root", password };
    const { source, answered } = watchedProbes(etcdMembers({ seeds: urls(cluster), auth }));
    // No poll by itself meanwhile: at the member that is shown a token it does not expire.
    const poller = pollerOf(test, source, { intervalMs: 3_600_000, minIntervalMs: 10 });
    const aside = everAside(poller);
    await poller.ready();
    expect(asked()).toBe(1);

    await cluster.expireTokens();
    await Promise.all(Array.from({ length: 6 }, () => fetchOnce(source)));
    expect(asked()).toBe(2);

    await cluster.expireTokens();
    const before = answered();
    for (const endpoint of poller.snapshot?.endpoints ?? []) poller.suspect(endpoint);
    await vi.waitFor(() => expect(answered()).toBeGreaterThanOrEqual(before + 3), { timeout: 5_000 });
    expect(asked()).toBe(2);
    await poller.refresh();
    expect(asked()).toBe(3);
    expect([aside(), believed(poller)]).toEqual([[], listed(...cluster.members)]);
  });

  it("row 16: a password that is changed is UNAUTHENTICATED and keeps the set, until the function returns the new one", async (test) => {
    const cluster = await clusterFor(test, startCluster, ROOT);
    const { ask: password, change } = secret("right");
    const auth = { username: "root", password };
    const poller = pollerOf(test, etcdMembers({ seeds: urls(cluster), auth }), PACE);
    poller.subscribe(() => undefined);
    const first = await poller.ready();
    await cluster.setPassword("root", "newer");
    await vi.waitFor(() => expect(poller.status.error).toMatchObject(unauthenticated(cluster, "invalid user ID or password")), 5_000);
    expect(poller.snapshot).toBe(first);
    change("newer");
    await vi.waitFor(() => expect(poller.status.error).toBeUndefined(), 5_000);
    expect(poller.snapshot).toBe(first);
    const joined = await cluster.grow();
    await vi.waitFor(() => expect(believed(poller)).toContain(joined.clientUrl), 10_000);
  });

  it("row 16: needs no token while authentication is off, and gets one when it is switched on", async (test) => {
    const cluster = await clusterFor(test, startCluster, { timers: "fast" });
    const { ask: password, asked } = secret("right");
    const auth = { username: "root", password };
    const [poller, nobody] = [
      pollerOn(test, urls(cluster), { auth, minIntervalMs: 10 }),
      pollerOn(test, urls(cluster), { minIntervalMs: 10 }),
    ];
    for (const each of [poller, nobody]) await each.ready();
    await poller.refresh();
    expect(asked()).toBe(1);
    await cluster.setPassword("root", "right");
    await poller.refresh();
    expect([asked(), believed(poller)]).toEqual([2, listed(...cluster.members)]);
    await expect(nobody.refresh()).rejects.toMatchObject(unauthenticated(cluster, "user name is empty"));
    expect(believed(nobody)).toBe(listed(...cluster.members));
  });

  it("row 16: a user without any role may ask for the members and whether they serve", async (test) => {
    const cluster = await clusterFor(test, startCluster, ROOT);
    await cluster.setPassword("reader", "of members");
    const { source, answered } = watchedProbes(etcdMembers({ seeds: urls(cluster), auth: { username: "reader", password: "of members" } }));
    const poller = pollerOf(test, source, { minIntervalMs: 10 });
    const aside = everAside(poller);
    const { endpoints } = await poller.ready();
    for (const endpoint of endpoints) poller.suspect(endpoint);
    await vi.waitFor(() => expect(answered()).toBeGreaterThanOrEqual(3), { timeout: 5_000 });
    expect([aside(), believed(poller)]).toEqual([[], listed(...cluster.members)]);
  });

  it("row 16: authenticates at another member when one is silent, with one question to the user's function", async (test) => {
    const cluster = await clusterFor(test, startCluster, ROOT);
    const { ask: password, asked } = secret("right");
    // Whoever is known is asked before the seeds.
    const { endpoints } = await pollerOn(test, urls(cluster), { auth: { username: "root", password: "right" } }).ready();
    const leader = await cluster.leader();
    const silent = cluster.members.find(({ id }) => id !== leader.id);
    const known = endpoints.filter(({ id }) => id === silent?.id);
    if (silent === undefined || known.length === 0) throw new Error("nobody is known");
    await cluster.freeze(silent);
    const seeds = urls(cluster).filter((url) => url !== silent.clientUrl);
    const source = etcdMembers({ seeds, auth: { username: "root", password }, hedgeAfterMs: 200, attemptTimeoutMs: 60_000 });
    const { members } = await fetchOnce(source, known);
    expect([asked(), members.length]).toEqual([1, 3]);
  });

  it("row 16: a token of one's own is asked for again when it is refused, and is UNAUTHENTICATED if that does not help", async (test) => {
    const cluster = await clusterFor(test, startCluster, EXPIRING);
    const issue = (): Promise<string> => tokenFor(cluster, "root", "right");
    const { ask, asked, change } = secret(await issue());
    const poller = pollerOf(test, etcdMembers({ seeds: urls(cluster), auth: { token: ask } }), { minIntervalMs: 10 });
    await poller.ready();
    expect(asked()).toBe(1);
    await cluster.expireTokens();
    await expect(poller.refresh()).rejects.toMatchObject(unauthenticated(cluster, "with a new token.*invalid auth token"));
    expect(believed(poller)).toBe(listed(...cluster.members));
    change(await issue());
    await poller.refresh();
    expect(poller.status.error).toBeUndefined();
  });
}

/** Clusters with authentication on that tell their members to anybody all the same: before 3.4.42, 3.5.28 and 3.6.9. */
export function openListScenarios(startCluster: StartCluster): void {
  it("row 16: members are told to anybody, and their Status; a password that is given has to be right all the same", async (test) => {
    const cluster = await clusterFor(test, startCluster, ROOT);
    for (const auth of [undefined, { username: "root", password: "right" }]) {
      const { source, answered } = watchedProbes(etcdMembers({ seeds: urls(cluster), auth }));
      const poller = pollerOf(test, source);
      const aside = everAside(poller);
      const { endpoints } = await poller.ready();
      for (const endpoint of endpoints) poller.suspect(endpoint);
      await vi.waitFor(() => expect(answered()).toBeGreaterThanOrEqual(3), { timeout: 5_000 });
      expect([aside(), believed(poller)]).toEqual([[], listed(...cluster.members)]);
    }
    const wrong = pollerOn(test, urls(cluster), { auth: { username: "root", password: "wrong" } });
    await expect(wrong.ready()).rejects.toMatchObject(unauthenticated(cluster, "invalid user ID or password"));
  });
}

/** What a source is told when it asks, which may change, and how often it has asked. */
function secret(value: string): {
  readonly ask: () => Promise<string>;
  readonly asked: () => number;
  readonly change: (to: string) => void;
} {
  let [now, asked] = [value, 0];
  const ask = async (): Promise<string> => {
    asked += 1;
    return now;
  };
  const change = (to: string): void => {
    now = to;
  };
  return { ask, asked: () => asked, change };
}

/** A token as a user's own program would get it; again while the lead changes hands. */
function tokenFor(cluster: ScenarioCluster, name: string, password: string): Promise<string> {
  const authenticate = async (): Promise<string> => {
    const { clientUrl } = await cluster.leader();
    const { token } = await new AdminClient().call(clientUrl, "Auth/Authenticate", { name, password });
    return token;
  };
  return vi.waitFor(authenticate, 5_000);
}

/** Counts the probes that found that a member serves. */
function watchedProbes(source: MetadataSource<EtcdMetadata>): {
  readonly source: MetadataSource<EtcdMetadata>;
  readonly answered: () => number;
} {
  const probe = source.probe?.bind(source);
  let answered = 0;
  source.probe = async (...args) => {
    await probe?.(...args);
    answered += 1;
  };
  return { source, answered: () => answered };
}

/** The ids of all who were set aside, from now on. */
function everAside(poller: MetadataPoller<EtcdMetadata>): () => readonly string[] {
  const ids = new Set<string>();
  poller.subscribe(({ aside }) => void aside.map(({ id }) => ids.add(id)), { metadata: true });
  return () => [...ids];
}

function fetchOnce(source: MetadataSource<EtcdMetadata>, known: readonly Endpoint[] = []): Promise<EtcdMetadata> {
  return source.fetch({ signal: AbortSignal.timeout(10_000), previous: undefined, known, attempt: 0 });
}

/** An error that names every member and, for each, this reason. */
function unauthenticated(cluster: ScenarioCluster, reason: string): object {
  const each = urls(cluster).map((url) => `(?=.*${url}: [^;]*${reason})`);
  return { code: "UNAUTHENTICATED", message: expect.stringMatching(new RegExp(`^${each.join("")}`, "s")) };
}
