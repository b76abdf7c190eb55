import { once } from "node:events";
import { status } from "@grpc/grpc-js";
import { describe, expect, test } from "vitest";
import {
  decimal,
  followers,
  MemberClient,
  memberAt,
  NO_LEADER,
  rawConnection,
  refusal,
  StoppedClock,
  simulator,
  takesConnections,
} from "./simulator-support.js";

const TIMED_OUT = { code: status.UNAVAILABLE, details: "etcdserver: request timed out" };

describe("a frozen member", () => {
  test("keeps its connections and takes new ones, but nothing flows until it is thawed; then everything does", async () => {
    const cluster = await simulator();
    const [frozen] = await followers(cluster);
    const connected = new MemberClient(frozen);
    await connected.status();
    await cluster.freeze(frozen);

    expect(await refusal(connected.status({ deadlineMs: 100 }))).toMatchObject({ code: status.DEADLINE_EXCEEDED });
    expect(await takesConnections(frozen)).toBe(true);
    const put = connected.put("sent", "while frozen", { deadlineMs: 5_000 });
    const dialled = new MemberClient(frozen).memberList({ deadlineMs: 5_000 });
    await cluster.thaw(frozen);

    await put;
    expect((await dialled).members).toHaveLength(3);
    expect(await new MemberClient(await cluster.leader()).get("sent")).toBe("while frozen");
  });

  test("does not even greet a new connection, as a server of HTTP/2 would at once", async () => {
    const cluster = await simulator();
    const [frozen, other] = await followers(cluster);
    await cluster.freeze(frozen);
    const [silent, greeted] = [rawConnection(frozen), rawConnection(other)];
    await once(greeted, "data");
    expect(silent.bytesRead).toBe(0);
    const greeting = once(silent, "data");
    await cluster.thaw(frozen);
    await greeting;
  });

  test("does not hinder the others", async () => {
    const cluster = await simulator();
    const [frozen, other] = await followers(cluster);
    await cluster.freeze(frozen);
    await new MemberClient(other).put("key", "value");
    expect((await new MemberClient(other).memberList({ linearizable: true, hasLeader: true })).members).toHaveLength(3);
  });
});

describe("a slow member", () => {
  test("answers every request that much later, until it is told to be fast again; the others are not slower", async () => {
    const clock = new StoppedClock();
    const cluster = await simulator({ clock });
    const [slow, other] = await followers(cluster);
    cluster.slow(slow, 500);
    let answered = false;
    const answer = new MemberClient(slow).status().then(() => (answered = true));
    await expect.poll(() => clock.timers).toBe(1);
    clock.advance(499);
    await new MemberClient(other).status();
    expect(answered).toBe(false);
    clock.advance(1);
    await answer;
    cluster.slow(slow, 0);
    await new MemberClient(slow).status();
  });

  test("stops to work on a request that nobody waits for any more", async () => {
    const clock = new StoppedClock();
    const cluster = await simulator({ clock });
    const [slow] = await followers(cluster);
    cluster.slow(slow, 500);
    expect(await refusal(new MemberClient(slow).status({ deadlineMs: 100 }))).toMatchObject({ code: status.DEADLINE_EXCEEDED });
    await expect.poll(() => clock.timers).toBe(0);
  });
});

describe("a killed member", () => {
  test("resets its connections, refuses new ones and stays listed", async () => {
    const cluster = await simulator();
    const [killed, other] = await followers(cluster);
    const client = new MemberClient(killed);
    await client.status();
    await cluster.freeze(other);
    await cluster.freeze(await cluster.leader());
    const inFlight = refusal(client.put("key", "value"));
    await expect.poll(() => cluster.calls.get("Put")).toBe(1);
    await cluster.kill(killed);

    expect(await inFlight).toMatchObject({ code: status.UNAVAILABLE });
    expect(await takesConnections(killed)).toBe(false);
    await cluster.thaw(other);
    expect(cluster.members).toContain(killed);
    expect((await new MemberClient(other).memberList()).members.map((member) => member.ID)).toContain(decimal(killed));
  });

  test("resets connections where a removed one ends them", async () => {
    const cluster = await simulator();
    const [killed, removed] = await followers(cluster);
    const sockets = [rawConnection(killed), rawConnection(removed)];
    await Promise.all(sockets.map((socket) => once(socket, "data")));
    const endings = sockets.map((socket) =>
      once(socket, "close").then(
        () => "closed",
        ({ code }: NodeJS.ErrnoException) => code,
      ),
    );
    await cluster.remove(removed);
    await cluster.kill(killed);
    expect(await Promise.all(endings)).toEqual(["ECONNRESET", "closed"]);
  });

  test("serves again on its port once it is started", async () => {
    const cluster = await simulator();
    const [killed] = await followers(cluster);
    const url = killed.clientUrl;
    await cluster.kill(killed);
    await expect(cluster.freeze(killed)).rejects.toThrow("does not run");
    await cluster.heal(killed);
    await cluster.start(killed);
    await expect(cluster.start(killed)).rejects.toThrow("runs already");
    expect(killed.clientUrl).toBe(url);
    await new MemberClient(killed).put("key", "value");
  });

  test("started without a quorum it takes connections and stays silent; it serves when the quorum is back", async () => {
    const cluster = await simulator();
    const [first, second] = [memberAt(cluster, 0), memberAt(cluster, 1)];
    for (const member of cluster.members) await cluster.kill(member);
    await cluster.start(first);
    expect(await takesConnections(first)).toBe(true);
    const alone = new MemberClient(first);
    expect(await refusal(alone.memberList({ deadlineMs: 100 }))).toMatchObject({ code: status.DEADLINE_EXCEEDED });

    await cluster.start(second);
    await alone.put("key", "value");
    expect((await new MemberClient(second).memberList()).members).toHaveLength(3);
  });
});

describe("a removed member", () => {
  test("drops its connections, refuses new ones and is in nobody's list", async () => {
    const cluster = await simulator();
    const [removed, other] = await followers(cluster);
    const client = new MemberClient(removed);
    await client.status();
    const url = removed.clientUrl;
    await cluster.freeze(removed);
    const inFlight = refusal(client.status());
    await cluster.remove(removed);

    expect(await inFlight).toMatchObject({ code: status.UNAVAILABLE });
    expect(await takesConnections(removed)).toBe(false);
    const { members } = await new MemberClient(other).memberList();
    expect(members.map((member) => member.ID)).not.toContain(decimal(removed));
    expect(cluster.members).toHaveLength(2);
    expect(removed.clientUrl).toBe(url);
    await expect(cluster.freeze(removed)).rejects.toThrow("member not found");
  });
});

describe("an isolated member", () => {
  test("refuses hasleader calls at once, answers serializable ones from its old list and lets linearizable ones wait", async () => {
    const cluster = await simulator();
    const [isolated] = await followers(cluster);
    const client = new MemberClient(isolated);
    const before = await client.memberList();
    await cluster.isolate(isolated);
    await cluster.grow();

    expect(await refusal(client.memberList({ linearizable: true, hasLeader: true }))).toEqual(NO_LEADER);
    expect(await refusal(client.memberList({ hasLeader: true }))).toEqual(NO_LEADER);
    expect((await client.memberList()).members).toEqual(before.members);
    expect(await refusal(client.memberList({ linearizable: true, deadlineMs: 100 }))).toMatchObject({ code: status.DEADLINE_EXCEEDED });
    expect(await client.status()).toMatchObject({ leader: "0", errors: ["etcdserver: no leader"] });
  });

  test("knows the new list and the leader when it is healed", async () => {
    const cluster = await simulator();
    const [isolated] = await followers(cluster);
    await cluster.isolate(isolated);
    await cluster.grow();
    await cluster.heal(isolated);
    const client = new MemberClient(isolated);
    expect((await client.memberList({ linearizable: true, hasLeader: true })).members).toHaveLength(4);
    expect(await client.status()).toMatchObject({ leader: decimal(await cluster.leader()), errors: [] });
  });

  test("passes hasleader until the election timeout, and a call that then waits ends in `request timed out` after 5 s + 2 of them", async () => {
    const clock = new StoppedClock();
    const cluster = await simulator({ clock, electionMs: 200 });
    const [isolated] = await followers(cluster);
    const client = new MemberClient(isolated);
    const noticed = cluster.isolate(isolated);
    const waiting = refusal(client.memberList({ linearizable: true, hasLeader: true, deadlineMs: 60_000 }));
    await expect.poll(() => cluster.calls.get("MemberList")).toBe(1);
    clock.advance(199);
    expect((await client.memberList({ hasLeader: true })).members).toHaveLength(3);
    clock.advance(1);
    await noticed;
    expect(await refusal(client.memberList({ hasLeader: true }))).toEqual(NO_LEADER);
    clock.advance(5_400 - 200);
    expect(await waiting).toEqual(TIMED_OUT);
  });

  test("that led is replaced as leader by one of the others", async () => {
    const cluster = await simulator();
    const before = await cluster.leader();
    await cluster.isolate(before);
    const after = await cluster.leader();
    expect(after).not.toBe(before);
    await new MemberClient(after).put("key", "value");
    expect(await refusal(new MemberClient(before).put("key", "value", { hasLeader: true }))).toEqual(NO_LEADER);
  });

  test("is refused where nobody could be cut off", async () => {
    const cluster = await simulator({ members: 1 });
    await expect(cluster.isolate(memberAt(cluster, 0))).rejects.toThrow("only voter");
  });
});
