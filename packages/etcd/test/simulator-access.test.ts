import { credentials, status } from "@grpc/grpc-js";
import { generate } from "selfsigned";
import { beforeAll, describe, expect, test } from "vitest";
import { startEtcdSimulator } from "../src/simulator/index.js";
import { MemberClient, memberAt, refusal, StoppedClock, simulator } from "./simulator-support.js";

describe("TLS", () => {
  let ca: { cert: string; private: string };
  let server: { cert: string; private: string };
  let client: { cert: string; private: string };

  beforeAll(async () => {
    const options = { keyType: "ec", algorithm: "sha256" } as const;
    ca = await generate([{ name: "commonName", value: "test-ca" }], {
      ...options,
      extensions: [
        { name: "basicConstraints", cA: true, critical: true },
        { name: "keyUsage", keyCertSign: true, cRLSign: true },
      ],
    });
    const signed = { ...options, ca: { key: ca.private, cert: ca.cert } };
    server = await generate([{ name: "commonName", value: "server" }], {
      ...signed,
      extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }] }],
    });
    client = await generate([{ name: "commonName", value: "client" }], signed);
  });

  const tls = (requireClientCertificate: boolean) => ({ ca: ca.cert, cert: server.cert, key: server.private, requireClientCertificate });

  test("members serve over TLS and advertise https", async () => {
    const cluster = await simulator({ tls: tls(false) });
    const member = memberAt(cluster, 0);
    expect(member.clientUrl).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const trusting = new MemberClient(member, credentials.createSsl(Buffer.from(ca.cert)));
    expect((await trusting.memberList()).members).toHaveLength(3);
    expect(await refusal(new MemberClient(member).memberList())).toMatchObject({ code: status.UNAVAILABLE });
    expect(await refusal(new MemberClient(member, credentials.createSsl()).memberList())).toMatchObject({ code: status.UNAVAILABLE });
  });

  test("a client without a certificate is refused where one is required", async () => {
    const cluster = await simulator({ tls: tls(true) });
    const member = memberAt(cluster, 0);
    const root = Buffer.from(ca.cert);
    const known = credentials.createSsl(root, Buffer.from(client.private), Buffer.from(client.cert));
    expect((await new MemberClient(member, known).memberList()).members).toHaveLength(3);
    const unknown = new MemberClient(member, credentials.createSsl(root));
    expect(await refusal(unknown.memberList())).toMatchObject({ code: status.UNAVAILABLE });
  });
});

describe("authentication", () => {
  const auth = { username: "root", password: "secret" };
  const TOKENLESS = { code: status.INVALID_ARGUMENT, details: "etcdserver: user name is empty" };
  const INVALID = { code: status.UNAUTHENTICATED, details: "etcdserver: invalid auth token" };

  test("without a token MemberList, Status, Put and Range are refused", async () => {
    const cluster = await simulator({ auth });
    const client = new MemberClient(memberAt(cluster, 0));
    for (const call of [client.memberList(), client.status(), client.put("key", "value"), client.get("key", { serializable: true })]) {
      expect(await refusal(call)).toEqual(TOKENLESS);
    }
  });

  test("a token is good at every member until it expires, and an invented one never", async () => {
    const cluster = await simulator({ auth });
    const [issuer, other] = [new MemberClient(memberAt(cluster, 0)), new MemberClient(memberAt(cluster, 1))];
    const { token } = await issuer.authenticate("root", "secret");
    expect((await other.memberList({ token })).members).toHaveLength(3);
    expect(await refusal(other.memberList({ token: "invented" }))).toEqual(INVALID);
    await cluster.expireTokens();
    expect(await refusal(other.memberList({ token }))).toEqual(INVALID);
  });

  test("a wrong password and an unknown user are refused alike", async () => {
    const cluster = await simulator({ auth });
    const client = new MemberClient(memberAt(cluster, 0));
    const failed = { code: status.INVALID_ARGUMENT, details: "etcdserver: authentication failed, invalid user ID or password" };
    expect(await refusal(client.authenticate("root", "wrong"))).toEqual(failed);
    expect(await refusal(client.authenticate("nobody", "secret"))).toEqual(failed);
  });

  test("a new password ends the tokens of that user alone; who is new may ask too", async () => {
    const cluster = await simulator({ auth });
    const client = new MemberClient(memberAt(cluster, 0));
    await cluster.setPassword("reader", "own");
    const [root, reader] = [await client.authenticate("root", "secret"), await client.authenticate("reader", "own")];
    await cluster.setPassword("root", "newer");
    expect(await refusal(client.status(root))).toEqual(INVALID);
    expect((await client.memberList(reader)).members).toHaveLength(3);
    expect(await refusal(client.authenticate("root", "secret"))).toMatchObject({ code: status.INVALID_ARGUMENT });
    expect((await client.status(await client.authenticate("root", "newer"))).isLearner).toBe(false);
  });

  test("the first password switches it on", async () => {
    const cluster = await simulator();
    const client = new MemberClient(memberAt(cluster, 0));
    await client.memberList();
    await cluster.setPassword("root", "secret");
    expect(await refusal(client.memberList())).toEqual(TOKENLESS);
  });

  test("where it is off, Authenticate says so and a token is ignored", async () => {
    const cluster = await simulator();
    const client = new MemberClient(memberAt(cluster, 0));
    const disabled = { code: status.FAILED_PRECONDITION, details: "etcdserver: authentication is not enabled" };
    expect(await refusal(client.authenticate("root", "secret"))).toEqual(disabled);
    expect((await client.memberList({ token: "any" })).members).toHaveLength(3);
  });
});

describe("life", () => {
  const sockets = () => process.getActiveResourcesInfo().filter((name) => /TCP|TLS/.test(name));

  test("after disposal no socket and no timer is left, whatever was going on", async () => {
    const clock = new StoppedClock();
    const cluster = await startEtcdSimulator({ clock });
    const clients = cluster.members.map((member) => new MemberClient(member));
    for (const client of clients) await client.status();
    expect(cluster.connections).toBe(3);
    await cluster.freeze(memberAt(cluster, 0));
    await cluster.kill(memberAt(cluster, 1));
    const waiting = Promise.all(clients.map((client) => refusal(client.put("key", "value"))));
    const electing = expect(cluster.leader()).rejects.toThrow("etcdserver: server stopped");
    await expect.poll(() => cluster.calls.get("Put")).toBe(1);
    expect(clock.timers).toBeGreaterThan(0);

    await cluster[Symbol.asyncDispose]();
    await electing;
    expect((await waiting).map(({ code }) => code)).toEqual([status.UNAVAILABLE, status.UNAVAILABLE, status.UNAVAILABLE]);
    for (const client of clients) client.close();
    expect(clock.timers).toBe(0);
    expect(cluster.connections).toBe(0);
    await expect.poll(sockets).toEqual([]);
    await expect(cluster.grow()).rejects.toThrow("etcdserver: server stopped");
  });

  test("options out of bounds and unknown ones are INVALID_OPTIONS", async () => {
    await expect(startEtcdSimulator({ members: 0 })).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
    await expect(startEtcdSimulator({ electionMs: 1 })).rejects.toThrow(/electionMs/);
    await expect(startEtcdSimulator({ member: 3 } as object)).rejects.toThrow(/member/);
  });
});
