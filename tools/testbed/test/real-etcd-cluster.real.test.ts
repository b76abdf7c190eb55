import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import type { ServiceError } from "@grpc/grpc-js";
import type { EtcdClusterMember } from "@rollcall/etcd/simulator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AdminClient } from "../src/etcd/admin-client.js";
import type { RealEtcdCluster } from "../src/etcd/real-etcd-options.js";
import { startRealEtcd } from "../src/etcd/start-real-etcd.js";
import { requireEtcd } from "../src/require-server.js";

const etcd = await requireEtcd("3.7.3");

/** What a client is told: the list by one member, or the reason of its refusal. */
async function told(cluster: RealEtcdCluster, by: EtcdClusterMember): Promise<string[] | string> {
  const asked = new AdminClient(cluster.tls).call(
    by.clientUrl,
    "Cluster/MemberList",
    { linearizable: true },
    { hasLeader: true, timeoutMs: 500 },
  );
  return asked.then(
    ({ members }) => members.map(({ ID }) => BigInt(ID).toString(16)).sort(),
    (error: ServiceError) => error.details,
  );
}

const ids = (cluster: RealEtcdCluster): string[] => cluster.members.map(({ id }) => id).sort();

function at<T>(list: readonly T[], index: number): T {
  const item = list.at(index);
  if (item === undefined) throw new Error(`nothing at ${index}`);
  return item;
}

async function refuses({ clientUrl }: EtcdClusterMember): Promise<boolean> {
  const socket = connect(Number(new URL(clientUrl).port), "127.0.0.1");
  const refused = await once(socket, "connect").then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === "ECONNREFUSED",
  );
  socket.destroy();
  return refused;
}

describe.skipIf("reason" in etcd)("[etcd 3.7.3] testbed: a cluster of etcd processes", { timeout: 30_000 }, () => {
  let cluster: RealEtcdCluster;
  beforeAll(async () => {
    if ("reason" in etcd) return;
    cluster = await startRealEtcd({ ...etcd, timers: "fast" });
  }, 30_000);
  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]();
    expect(existsSync(cluster.directory)).toBe(false);
  });

  test("every member knows all members once it has started", async () => {
    for (const member of cluster.members) expect(await told(cluster, member)).toEqual(ids(cluster));
  });

  test("an unstarted member is listed, refuses connections, and can be removed", async () => {
    const member = await cluster.grow({ learner: true, start: false });
    expect(await told(cluster, at(cluster.members, 0))).toContain(member.id);
    expect(await refuses(member)).toBe(true);
    await cluster.remove(member);
    expect(await told(cluster, at(cluster.members, 0))).toEqual(ids(cluster));
  });

  test("a learner refuses to list the members until it is promoted", async () => {
    const learner = await cluster.grow({ learner: true });
    expect(await told(cluster, learner)).toContain("not supported for learner");
    await cluster.promote(learner);
    expect(await told(cluster, learner)).toEqual(ids(cluster));
    await cluster.remove(learner);
    expect(await refuses(learner)).toBe(true);
  });

  test("the leader is replaced by a member on another port, and its own port refuses", async () => {
    const old = await cluster.leader();
    const successor = await cluster.replace(old);
    expect(successor.clientUrl).not.toBe(old.clientUrl);
    expect(ids(cluster)).not.toContain(old.id);
    expect(await told(cluster, successor)).toEqual(ids(cluster));
    expect(await refuses(old)).toBe(true);
  });

  test("a frozen member accepts connections and answers nothing until it is thawed", async () => {
    const member = at(cluster.members, 0);
    await cluster.freeze(member);
    expect(await refuses(member)).toBe(false);
    expect(await told(cluster, member)).toContain("Deadline exceeded");
    await cluster.thaw(member);
    expect(await told(cluster, member)).toEqual(ids(cluster));
  });

  test("a killed member stays listed and comes back with its id, on another port if it moved", async () => {
    const member = at(cluster.members, 1);
    const { id, clientUrl } = member;
    await cluster.kill(member);
    expect(await refuses(member)).toBe(true);
    expect(await told(cluster, at(cluster.members, 0))).toContain(id);
    await cluster.start(member);
    expect(member.clientUrl).toBe(clientUrl);
    await cluster.kill(member);
    await cluster.start(member, { move: true });
    expect(member.clientUrl).not.toBe(clientUrl);
    expect(await told(cluster, member)).toEqual(ids(cluster));
    await expect(cluster.start(member)).rejects.toThrow("is running, not killed or unstarted");
  });

  test("an isolated leader is reached by clients but has no leader; the others elect one", async () => {
    const member = await cluster.leader();
    await cluster.isolate(member);
    expect(await told(cluster, member)).toBe("etcdserver: no leader");
    expect((await cluster.leader()).id).not.toBe(member.id);
    await cluster.heal(member);
    expect(await told(cluster, member)).toEqual(ids(cluster));
  });

  test("members that cannot hear of it are gone all the same once they are removed", async () => {
    const [isolated, frozen] = [await cluster.grow(), await cluster.grow()];
    await cluster.isolate(isolated);
    await cluster.remove(isolated);
    await cluster.freeze(frozen);
    await cluster.remove(frozen);
    expect(await Promise.all([refuses(isolated), refuses(frozen)])).toEqual([true, true]);
    expect(cluster.members).toHaveLength(3);
  });

  test("a silent member is a voter at a URL that accepts connections, and answers nothing until it is thawed", async () => {
    const member = await cluster.growSilent();
    expect(await told(cluster, at(cluster.members, 0))).toContain(member.id);
    expect(await refuses(member)).toBe(false);
    expect(await told(cluster, member)).toContain("Deadline exceeded");
    await cluster.thaw(member);
    expect(await told(cluster, member)).toEqual(ids(cluster));
    await expect(cluster.thaw(member)).rejects.toThrow("is running, not frozen");
    await cluster.remove(member);
    expect(await refuses(member)).toBe(true);
  });

  test("all members down and back: the first is up without a quorum, then all serve", async () => {
    await Promise.all(cluster.members.map((member) => cluster.kill(member)));
    await expect(cluster.grow()).rejects.toThrow("no running voter is left to ask");
    for (const member of cluster.members) await cluster.start(member);
    for (const member of cluster.members) expect(await told(cluster, member)).toEqual(ids(cluster));
  });
});

describe.skipIf("reason" in etcd)("[etcd 3.7.3] testbed: access", { timeout: 30_000 }, () => {
  test("a client needs a certificate with TLS, a token with authentication, and proxies to isolate", async () => {
    if ("reason" in etcd) return;
    await using cluster = await startRealEtcd({ ...etcd, timers: "fast", members: 1, tls: true, isolatable: false });
    const member = at(cluster.members, 0);
    expect(member.clientUrl).toMatch(/^https:/);
    expect(await told(cluster, member)).toEqual(ids(cluster));
    const stranger = new AdminClient(cluster.tls && { ca: cluster.tls.ca });
    await expect(stranger.call(member.clientUrl, "Maintenance/Status", {})).rejects.toMatchObject({ code: 14 });

    await expect(cluster.isolate(member)).rejects.toThrow("isolatable: false");

    await using guarded = await startRealEtcd({ ...etcd, timers: "fast", members: 1, auth: { password: "secret" } });
    expect(await told(guarded, at(guarded.members, 0))).toBe("etcdserver: user name is empty");
    expect((await guarded.grow({ learner: true })).id).toMatch(/^[0-9a-f]+$/);
  });
});
