import { status } from "@grpc/grpc-js";
import { describe, expect, test } from "vitest";
import { Cluster } from "../src/gen/rpc_pb.js";
import { decimal, MemberClient, memberAt, refusal, simulator, takesConnections } from "./simulator-support.js";

const NOT_FOR_LEARNERS = { code: status.FAILED_PRECONDITION, details: "etcdserver: rpc not supported for learner" };

describe("MemberList", () => {
  test("lists the members in the order of numeric ids, with cluster, member and term in a header of revision 0", async () => {
    const cluster = await simulator();
    const first = memberAt(cluster, 0);
    const { header, members } = await new MemberClient(first).memberList({ linearizable: true, hasLeader: true });

    const ids = members.map((member) => BigInt(member.ID));
    expect(ids).toEqual([...ids].sort((a, b) => (a < b ? -1 : 1)));
    expect(new Set(ids)).toEqual(new Set(cluster.members.map((member) => BigInt(`0x${member.id}`))));
    expect(new Set(members.flatMap((member) => member.clientURLs))).toEqual(new Set(cluster.members.map((member) => member.clientUrl)));
    expect(members.every((member) => member.name !== "" && !member.isLearner)).toBe(true);
    expect(header).toMatchObject({ memberId: decimal(first), revision: "0", raftTerm: "2" });
    expect(header?.clusterId).toMatch(/^[1-9]\d+$/);
  });

  test("is the same list, of the same cluster, from every member", async () => {
    const cluster = await simulator();
    const answers = await Promise.all(cluster.members.map((member) => new MemberClient(member).memberList()));
    for (const answer of answers) {
      expect(answer.members).toEqual(answers[0]?.members);
      expect(answer.header?.clusterId).toBe(answers[0]?.header?.clusterId);
    }
  });
});

describe("growing", () => {
  test("a new voter is listed and serves when grow resolves", async () => {
    const cluster = await simulator();
    const joined = await cluster.grow();
    expect((await new MemberClient(joined).memberList()).members).toHaveLength(4);
    expect(cluster.members.at(-1)).toBe(joined);
  });

  test("an unstarted member has no name and no client URLs, and its port refuses", async () => {
    const cluster = await simulator();
    const unstarted = await cluster.grow({ start: false });
    const { members } = await new MemberClient(memberAt(cluster, 0)).memberList();
    expect(members.find((member) => member.ID === decimal(unstarted))).toMatchObject({ name: "", clientURLs: [] });
    expect(await takesConnections(unstarted)).toBe(false);
  });

  test("a silent member is listed as a voter with its URL and takes connections, but answers only after thaw", async () => {
    const cluster = await simulator();
    const silent = await cluster.growSilent();
    const { members } = await new MemberClient(memberAt(cluster, 0)).memberList();
    expect(members.find((member) => member.ID === decimal(silent))).toMatchObject({ clientURLs: [silent.clientUrl], isLearner: false });
    expect(await takesConnections(silent)).toBe(true);
    const client = new MemberClient(silent);
    expect(await refusal(client.status({ deadlineMs: 100 }))).toMatchObject({ code: status.DEADLINE_EXCEEDED });

    await cluster.thaw(silent);
    expect((await client.memberList()).members).toHaveLength(4);
  });
});

describe("learners", () => {
  test("a learner serves Status and serializable Range, and refuses everything else", async () => {
    const cluster = await simulator();
    await new MemberClient(memberAt(cluster, 0)).put("key", "value");
    const learner = new MemberClient(await cluster.grow({ learner: true }));

    expect(await learner.status()).toMatchObject({ isLearner: true, errors: [] });
    expect(await learner.get("key", { serializable: true })).toBe("value");
    expect(await refusal(learner.memberList())).toEqual(NOT_FOR_LEARNERS);
    expect(await refusal(learner.put("key", "other"))).toEqual(NOT_FOR_LEARNERS);
    expect(await refusal(learner.get("key"))).toEqual(NOT_FOR_LEARNERS);
    expect(await refusal(learner.authenticate("root", "secret"))).toEqual(NOT_FOR_LEARNERS);
  });

  test("a second learner is refused", async () => {
    const cluster = await simulator();
    await cluster.grow({ learner: true, start: false });
    await expect(cluster.grow({ learner: true })).rejects.toThrow("etcdserver: too many learner members in cluster");
    expect(cluster.members).toHaveLength(4);
  });

  test("a promoted learner lists itself as a voter", async () => {
    const cluster = await simulator();
    const learner = await cluster.grow({ learner: true });
    const client = new MemberClient(memberAt(cluster, 0));
    const isLearner = async () => (await client.memberList()).members.find((member) => member.ID === decimal(learner))?.isLearner;
    expect(await isLearner()).toBe(true);

    await cluster.promote(learner);
    expect(await isLearner()).toBe(false);
    expect((await new MemberClient(learner).memberList()).members).toHaveLength(4);
    await expect(cluster.promote(learner)).rejects.toThrow("etcdserver: can only promote a learner member");
  });
});

describe("replacing and moving", () => {
  test("all members can be replaced one by one, and acknowledged writes survive", async () => {
    const cluster = await simulator();
    const originals = cluster.members;
    await new MemberClient(memberAt(cluster, 0)).put("key", "value");
    for (const member of originals) await cluster.replace(member);

    expect(cluster.members.filter((member) => originals.includes(member))).toEqual([]);
    for (const member of cluster.members) expect(await new MemberClient(member).get("key")).toBe("value");
    expect(await Promise.all(originals.map(takesConnections))).toEqual([false, false, false]);
  });

  test("a member that moved keeps its id, is listed with the new URL and left the old port", async () => {
    const cluster = await simulator();
    const [moved, other] = [memberAt(cluster, 0), memberAt(cluster, 1)];
    const before = { id: moved.id, clientUrl: moved.clientUrl };
    await cluster.kill(moved);
    await cluster.start(moved, { move: true });

    expect(moved.clientUrl).not.toBe(before.clientUrl);
    expect(moved.id).toBe(before.id);
    const { members } = await new MemberClient(other).memberList();
    expect(members.find((member) => member.ID === decimal(moved))?.clientURLs).toEqual([moved.clientUrl]);
    expect(await takesConnections(before)).toBe(false);
    expect((await new MemberClient(moved).memberList()).members).toHaveLength(3);
  });
});

describe("membership requests", () => {
  test("MemberAdd lists an unstarted learner, MemberUpdate changes its peer URLs, MemberRemove takes it out", async () => {
    const cluster = await simulator();
    const client = new MemberClient(memberAt(cluster, 0));
    const added = await client.call(Cluster, "memberAdd", { peerURLs: ["http://127.0.0.1:1"], isLearner: true });
    expect(added.member).toMatchObject({ name: "", clientURLs: [], peerURLs: ["http://127.0.0.1:1"], isLearner: true });
    const ID = added.member?.ID ?? "";

    const updated = await client.call(Cluster, "memberUpdate", { ID, peerURLs: ["http://127.0.0.1:2"] });
    expect(updated.members.find((member) => member.ID === ID)?.peerURLs).toEqual(["http://127.0.0.1:2"]);
    expect((await client.call(Cluster, "memberRemove", { ID })).members).toHaveLength(3);
  });

  test("MemberPromote makes a learner a voter, and MemberRemove ends a running member", async () => {
    const cluster = await simulator();
    const learner = await cluster.grow({ learner: true });
    const client = new MemberClient(memberAt(cluster, 0));
    const promoted = await client.call(Cluster, "memberPromote", { ID: decimal(learner) });
    expect(promoted.members.some((member) => member.isLearner)).toBe(false);

    await client.call(Cluster, "memberRemove", { ID: decimal(learner) });
    await expect.poll(() => takesConnections(learner)).toBe(false);
  });

  test("what etcd refuses is refused with its code and message", async () => {
    const cluster = await simulator();
    const client = new MemberClient(memberAt(cluster, 0));
    const peerURLs = ["http://127.0.0.1:1"];
    const { member } = await client.call(Cluster, "memberAdd", { peerURLs, isLearner: true });
    const ID = member?.ID ?? "";

    const said = (call: Promise<unknown>) => refusal(call).then(({ code, details }) => `${code} ${details}`);
    expect(await said(client.call(Cluster, "memberAdd", { peerURLs }))).toBe("9 etcdserver: Peer URLs already exists");
    expect(await said(client.call(Cluster, "memberAdd", { peerURLs: ["http://127.0.0.1:2"], isLearner: true }))).toBe(
      "9 etcdserver: too many learner members in cluster",
    );
    expect(await said(client.call(Cluster, "memberPromote", { ID }))).toBe(
      "9 etcdserver: can only promote a learner member which is in sync with leader",
    );
    expect(await said(client.call(Cluster, "memberPromote", { ID: decimal(memberAt(cluster, 0)) }))).toBe(
      "9 etcdserver: can only promote a learner member",
    );
    expect(await said(client.call(Cluster, "memberRemove", { ID: "1" }))).toBe("5 etcdserver: member not found");
  });
});
