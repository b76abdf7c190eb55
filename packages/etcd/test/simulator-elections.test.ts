import { describe, expect, test } from "vitest";
import type { EtcdCluster, EtcdClusterMember } from "../src/simulator/index.js";
import { decimal, followers, MemberClient, NO_LEADER, refusal, StoppedClock, simulator } from "./simulator-support.js";

describe("elections", () => {
  const losses = {
    killed: (cluster: EtcdCluster, leader: EtcdClusterMember) => cluster.kill(leader),
    frozen: (cluster: EtcdCluster, leader: EtcdClusterMember) => cluster.freeze(leader),
    removed: (cluster: EtcdCluster, leader: EtcdClusterMember) => cluster.remove(leader),
  };

  test.each(Object.entries(losses))("a write waits while the leader is %s, and goes on when a new one is elected", async (_how, lose) => {
    const clock = new StoppedClock();
    const cluster = await simulator({ clock });
    const [follower] = await followers(cluster);
    const client = new MemberClient(follower);
    const before = await client.put("key", "0");
    await lose(cluster, await cluster.leader());
    const writing = client.put("key", "1", { deadlineMs: 60_000 });
    await expect.poll(() => cluster.calls.get("Put")).toBe(2);
    expect(await client.get("key", { serializable: true })).toBe("0");

    clock.advance(40);
    const after = await writing;
    expect([before.header?.raftTerm, after.header?.raftTerm]).toEqual(["2", "3"]);
    expect((await client.status()).leader).toBe(decimal(await cluster.leader()));
  });

  test("without a quorum writes wait, hasleader calls are refused after the election timeout, and thawing brings it back", async () => {
    const clock = new StoppedClock();
    const cluster = await simulator({ clock });
    const [survivor, frozen] = await followers(cluster);
    await cluster.freeze(await cluster.leader());
    await cluster.freeze(frozen);
    const client = new MemberClient(survivor);
    const writing = client.put("key", "value", { deadlineMs: 60_000 });
    await expect.poll(() => cluster.calls.get("Put")).toBe(1);
    clock.advance(40);
    expect(await refusal(client.memberList({ linearizable: true, hasLeader: true }))).toEqual(NO_LEADER);

    const thawed = cluster.thaw(frozen);
    clock.advance(40);
    await thawed;
    await writing;
    expect((await client.memberList({ linearizable: true, hasLeader: true })).members).toHaveLength(3);
  });

  test("a write whose caller gave up is not applied later", async () => {
    const cluster = await simulator();
    const [survivor, frozen] = await followers(cluster);
    await cluster.freeze(await cluster.leader());
    await cluster.freeze(frozen);
    const client = new MemberClient(survivor);
    await refusal(client.put("key", "value", { deadlineMs: 50 }));
    await cluster.thaw(frozen);
    expect(await client.get("key")).toBeUndefined();
  });

  test("what needs a quorum is refused when there is none", async () => {
    const clock = new StoppedClock();
    const cluster = await simulator({ clock });
    const [one, other] = await followers(cluster);
    await cluster.kill(one);
    await cluster.kill(other);
    const growing = expect(cluster.grow()).rejects.toThrow("etcdserver: request timed out");
    const leading = expect(cluster.leader()).rejects.toThrow("etcdserver: request timed out");
    clock.advance(5_080);
    await Promise.all([growing, leading]);
  });
});
