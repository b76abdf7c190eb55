import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type EndpointFeed, hostPort, MetadataPoller, type PollerOptions } from "@rollcall/core";
import { expect, it, type TestContext, vi } from "vitest";
import { natsServers } from "../../src/nats/index.js";
import type { NatsTestCluster, NatsTestServer } from "../../src/nats/simulator/index.js";

type Test = Pick<TestContext, "onTestFinished">;

/** Short, to see soon; a poll may take its time on a busy machine. */
const EAGER: PollerOptions = { intervalMs: 100, minIntervalMs: 20, timeoutMs: 5_000, probe: { timeoutMs: 500, recheckMs: 100 } };
const SOON = { timeout: 5_000, interval: 5 };

/** What has to be true of a cluster, simulated or real. */
export function natsScenarios(start: (servers: number) => Promise<NatsTestCluster>): void {
  it("follows servers that are replaced one by one until no seed is left, one step at a time", async (test) => {
    const { cluster, poller } = await begin(test, start(3));
    const told: string[] = [];
    poller.subscribe((_snapshot, { added, removed }) => void told.push(`+${listOf(added)} -${listOf(removed)}`));
    const originals = [...cluster.servers];
    await follows(poller, cluster);
    const steps = [`+${listOf(poller.snapshot?.endpoints ?? [])} -`];
    for (const old of originals) {
      const next = await cluster.grow();
      await follows(poller, cluster);
      await (old === originals[0] ? cluster.stop(old) : cluster.retire(old));
      await follows(poller, cluster);
      steps.push(`+${next.address} -`, `+ -${old.address}`);
    }
    expect(told).toEqual(steps);
    expect(originals.filter(({ address }) => addressesOf(cluster).includes(address))).toEqual([]);
  });

  it("lists a server that has no company, and then whoever joins it, also without the first", async (test) => {
    const { cluster, poller } = await begin(test, start(1));
    const [first = none()] = cluster.servers;
    expect(idsOf(poller)).toEqual([first.address]);
    await cluster.grow();
    await follows(poller, cluster);
    await cluster.stop(first);
    await follows(poller, cluster);
    expect(idsOf(poller)).not.toContain(first.address);
  });

  it("takes out a server in lame duck mode although it goes on for the clients that it has", async (test) => {
    const { cluster, poller } = await begin(test, start(3));
    const [duck = none()] = cluster.servers;
    const client = await connected(test, duck);
    await follows(poller, cluster);
    await cluster.retire(duck);
    await follows(poller, cluster);
    expect(poller.snapshot?.aside).toEqual([]);
    client.write("PING\r\n");
    await vi.waitFor(() => expect(client.heard).toContain("PONG\r\n"), SOON);
    await expect(connected(test, duck)).rejects.toThrow("ECONNREFUSED");
  });

  it("sets a frozen server aside after a suspicion, and uses it again when it goes on", async (test) => {
    const { cluster, poller } = await begin(test, start(3));
    const [, frozen = none()] = cluster.servers;
    const all = [...addressesOf(cluster)];
    await cluster.freeze(frozen);
    await poller.refresh();
    expect(idsOf(poller), "the cluster still lists it, and nobody has complained").toEqual(all);
    poller.suspect(hostPort.parse(frozen.address) ?? none());
    await vi.waitFor(() => expect(poller.snapshot?.aside.map(({ id }) => id)).toEqual([frozen.address]), SOON);
    expect(idsOf(poller)).toEqual(all.filter((address) => address !== frozen.address));
    expect(poller.status.aside).toMatchObject([{ id: frozen.address, reason: "silent" }]);
    await cluster.thaw(frozen);
    await vi.waitFor(() => expect(idsOf(poller)).toEqual(all), SOON);
  });

  it("keeps its set while nobody answers, and says that it is stale", async (test) => {
    const { cluster, poller } = await begin(test, start(3), { timeoutMs: 500, staleAfterMs: 300 });
    const all = [...addressesOf(cluster)];
    for (const server of cluster.servers) await cluster.freeze(server);
    await vi.waitFor(() => expect(poller.status).toMatchObject({ state: "stale", error: { code: "TIMEOUT" } }), SOON);
    expect(idsOf(poller)).toEqual(all);
    for (const server of cluster.servers) await cluster.thaw(server);
    await vi.waitFor(() => expect(poller.status.state).toBe("fresh"), SOON);
    expect(idsOf(poller)).toEqual(all);
  });
}

async function begin(test: Test, starting: Promise<NatsTestCluster>, options: PollerOptions = {}) {
  const cluster = await starting;
  test.onTestFinished(() => cluster[Symbol.asyncDispose]());
  const source = natsServers({ seeds: cluster.servers.map(({ address }) => `nats://${address}`), cluster: "rollcall", hedgeAfterMs: 100 });
  const poller = new MetadataPoller(source, { ...EAGER, ...options });
  test.onTestFinished(() => poller.close());
  poller.subscribe(() => undefined);
  await poller.ready();
  return { cluster, poller };
}

async function follows(poller: EndpointFeed, cluster: NatsTestCluster): Promise<void> {
  await vi.waitFor(() => expect(idsOf(poller)).toEqual(addressesOf(cluster)), SOON);
}

function idsOf({ snapshot }: EndpointFeed): readonly string[] {
  return (snapshot?.endpoints ?? []).map(({ id }) => id);
}

function addressesOf({ servers }: NatsTestCluster): readonly string[] {
  return servers.map(({ address }) => address).sort();
}

function listOf(endpoints: readonly { readonly id: string }[]): string {
  return endpoints.map(({ id }) => id).join(" ");
}

/** A client that a server knows, and what it has heard. */
async function connected(test: Test, { address }: NatsTestServer): Promise<Socket & { heard: string }> {
  const { host, port } = hostPort.parse(address) ?? none();
  const socket = Object.assign(connect(port, host), { heard: "" });
  test.onTestFinished(() => void socket.destroy());
  socket.on("data", (bytes) => {
    socket.heard += String(bytes);
  });
  await once(socket, "connect");
  socket.write("PING\r\n");
  await vi.waitFor(() => expect(socket.heard).toContain("PONG\r\n"), SOON);
  socket.heard = "";
  return socket;
}

function none(): never {
  throw new Error("there is no such server");
}
