import { getEventListeners } from "node:events";
import type { Endpoint, MetadataSource } from "@rollcall/core";
import { generate } from "selfsigned";
import { describe, expect, it, onTestFinished } from "vitest";
import { type EtcdMembersOptions, etcdMembers } from "../src/index.js";
import type { EtcdCluster, EtcdClusterMember } from "../src/simulator/index.js";
import { followers, memberAt, rawConnection, simulator } from "./simulator-support.js";
import { frozenMember } from "./support/loopback-member.js";
import { use } from "./support/polling.js";

/** How members of a simulated cluster are asked whether they serve. */
interface Asking {
  readonly source: MetadataSource<unknown>;
  probe(member: EtcdClusterMember, signal?: AbortSignal): Promise<void>;
}

function asking(cluster: Pick<EtcdCluster, "members">, options: Partial<EtcdMembersOptions> = {}): Asking {
  const source = etcdMembers({ seeds: cluster.members.map(({ clientUrl }) => clientUrl), ...options });
  onTestFinished(() => source.close?.());
  const probe: Asking["probe"] = async (member, signal = new AbortController().signal) =>
    await source.probe?.(endpointOf(member), { signal });
  return { source, probe };
}

function endpointOf({ id, clientUrl }: EtcdClusterMember): Endpoint {
  const { hostname, port, protocol } = new URL(clientUrl);
  return { id, host: hostname, port: Number(port), attributes: { scheme: protocol.slice(0, -1) } };
}

/** The one question to that member that came back as an error. */
const failure = (member: EtcdClusterMember): string => `Status of member ${member.id} at ${member.clientUrl}`;

describe("a member that serves", () => {
  it("is asked for its Status once, and for nothing else; leader and followers serve alike", async () => {
    const cluster = await simulator();
    const { probe } = asking(cluster);
    for (const member of cluster.members) await probe(member);
    expect([...cluster.calls]).toEqual([["Status", 3]]);
  });

  it("serves although it is slow, as long as the signal leaves it the time", async () => {
    const cluster = await simulator();
    const slow = memberAt(cluster, 0);
    cluster.slow(slow, 60);
    const { probe } = asking(cluster, { attemptTimeoutMs: 10 });
    await probe(slow);
    await expect(probe(slow, AbortSignal.timeout(30))).rejects.toMatchObject({ name: "TimeoutError" });
  });

  it("serves where authentication is on, whether or not a token is known", async () => {
    const auth = { username: "root", password: "secret" };
    const cluster = await simulator({ auth });
    await asking(cluster).probe(memberAt(cluster, 0));
    await asking(cluster, { auth: { ...auth, password: "outdated" } }).probe(memberAt(cluster, 1));
    expect([...cluster.calls]).toEqual([["Status", 2]]);
  });

  it("is asked at the address that it moved to", async () => {
    const cluster = await simulator();
    const [moved] = await followers(cluster);
    const { probe } = asking(cluster);
    const before = { id: moved.id, clientUrl: moved.clientUrl };
    await cluster.kill(moved);
    await cluster.start(moved, { move: true });
    await probe(moved);
    await expect(probe(before)).rejects.toThrow(failure(before));
  });

  it("is asked over TLS with the source's own certificates, and refused with those of others", async () => {
    const altNames = [{ type: 7 as const, ip: "127.0.0.1" }];
    const made = await generate([{ name: "commonName", value: "etcd" }], { extensions: [{ name: "subjectAltName", altNames }] });
    const tls = { ca: made.cert, cert: made.cert, key: made.private };
    const cluster = await simulator({ members: 1, tls: { ...tls, requireClientCertificate: true } });
    await asking(cluster, { tls }).probe(memberAt(cluster, 0));
    await expect(asking(cluster, { tls: { cert: tls.cert, key: tls.key } }).probe(memberAt(cluster, 0))).rejects.toThrow("certificate");
  });
});

describe("a member that does not serve", () => {
  it.each([false, true])("is one without a leader (authentication on: %s)", async (secret) => {
    const cluster = await simulator(secret ? { auth: { username: "root", password: "secret" } } : {});
    const [isolated, other] = await followers(cluster);
    const { probe } = asking(cluster);
    await cluster.isolate(isolated);
    await expect(probe(isolated)).rejects.toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("no leader") });
    await expect(probe(isolated)).rejects.toThrow(failure(isolated));
    await probe(other);
    await cluster.heal(isolated);
    await probe(isolated);
  });

  it("is one that refuses connections; it serves from the very moment at which it is back", async () => {
    const cluster = await simulator();
    const [killed] = await followers(cluster);
    const { probe } = asking(cluster);
    await cluster.kill(killed);
    // A channel would by now wait a second and more between two attempts.
    for (let time = 0; time < 3; time += 1) {
      const error: unknown = await probe(killed).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "UNAVAILABLE", source: "etcd", message: expect.stringContaining(failure(killed)) });
      expect(String(error)).toContain("ECONNREFUSED");
    }
    await cluster.start(killed);
    await probe(killed);
  });

  it.each(["frozen", "joining"])("is one that is %s: it is silent until the signal fires, whose reason is the error", async (state) => {
    const cluster = await simulator();
    const silent = state === "joining" ? await cluster.growSilent() : (await followers(cluster))[0];
    const { probe } = asking(cluster);
    if (state === "frozen") await cluster.freeze(silent);
    const controller = new AbortController();
    const outcome = probe(silent, controller.signal);
    await expect.poll(() => cluster.connections).toBe(1);
    const reason = new Error("it took too long");
    controller.abort(reason);
    await expect(outcome).rejects.toBe(reason);
    await cluster.thaw(silent);
    await probe(silent);
  });
});

describe("a question", () => {
  it("goes over a connection of its own, although one is held to that member", async () => {
    const cluster = await simulator({ members: 1 });
    const { source, probe } = asking(cluster);
    const member = memberAt(cluster, 0);
    const polling = new AbortController();
    source.watch?.({ signal: polling.signal, changed: () => undefined });
    await source.fetch({ signal: polling.signal, previous: undefined, known: [], attempt: 0 });
    expect(cluster.connections).toBe(1);
    cluster.slow(member, 50);
    const answered = probe(member);
    await expect.poll(() => cluster.connections).toBe(2);
    await answered;
    await expect.poll(() => cluster.connections).toBe(1);
  });

  it("leaves no socket and no abort listener behind, whether it is answered or refused", async () => {
    const cluster = await simulator();
    const [isolated, other] = await followers(cluster);
    await cluster.isolate(isolated);
    const { probe } = asking(cluster);
    const { signal } = new AbortController();
    await probe(other, signal);
    await expect(probe(isolated, signal)).rejects.toThrow("no leader");
    await expect.poll(() => cluster.connections).toBe(0);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("dials nobody when its signal has fired already", async () => {
    const cluster = await simulator();
    await expect(asking(cluster).probe(memberAt(cluster, 0), AbortSignal.abort("late"))).rejects.toBe("late");
    // Whatever was dialled before this one would have been accepted before it.
    rawConnection(memberAt(cluster, 0));
    await expect.poll(() => cluster.connections).toBe(1);
  });

  it.each(["http", "https"])("to a silent %s member leaves no socket when its signal fires, nor when the source closes", async (scheme) => {
    const frozen = use(await frozenMember());
    const member = { id: "1", clientUrl: frozen.url.replace("http:", `${scheme}:`) };
    const { source, probe } = asking({ members: [member] });
    const controller = new AbortController();
    const outcome = probe(member, controller.signal);
    await frozen.reached();
    controller.abort("enough");
    await expect(outcome).rejects.toBe("enough");
    await frozen.idle();
    const other = probe(member);
    await expect.poll(() => frozen.open).toBe(1);
    await source.close?.();
    await expect(other).rejects.toThrow(failure(member));
    await frozen.idle();
  });
});
