import { hostname } from "node:os";
import { MetadataPoller } from "@rollcall/core";
import { type EtcdMembersOptions, type EtcdMetadata, etcdMembers } from "@rollcall/etcd";
import { grpcTarget } from "@rollcall/grpc";
import { describe, expect, it, vi } from "vitest";
import { clusterFor, type Test, urls } from "../scenarios/etcd-scenario.js";
import { lasting, present } from "../scenarios/scenario.js";
import { type GrpcProxy, startGrpcProxy } from "../src/etcd/grpc-proxy.js";
import { type KeyValueClient, plainClient, requireEtcd } from "../src/index.js";
import { startReal } from "./support/start-cluster.js";

const etcd = await requireEtcd("3.7.3");

describe.skipIf("reason" in etcd)("[etcd 3.7.3] through grpc-proxy", { timeout: 60_000 }, () => {
  const cluster = (test: Test) => clusterFor(test, startReal(etcd), { timers: "fast" });

  async function proxy(
    test: Test,
    endpoints: readonly string[],
    more: { advertise?: string; resolverPrefix?: string } = {},
  ): Promise<GrpcProxy> {
    if ("reason" in etcd) throw new Error(etcd.reason);
    return lasting(test, startGrpcProxy({ ...etcd, endpoints, ...more }));
  }

  it("row 13: one proxy without header, id and scheme is one endpoint; calls and probes go through it", async (test) => {
    const one = await proxy(test, urls(await cluster(test)));
    const poller = pollerAt(test, { seeds: [one.address] });
    const { endpoints, metadata } = await poller.ready();
    const [host, port] = one.address.split(":");
    expect(metadata).toEqual({ members: [{ id: "0", name: hostname(), role: "voter", clientUrls: [one.address] }] });
    expect(endpoints).toEqual([{ id: one.address, host, port: Number(port), attributes: { name: hostname(), scheme: "http" } }]);
    await channelOn(test, poller).put("proxied", "by one", 5_000);
    const source = etcdMembers({ seeds: [one.address] });
    await source.probe?.(present(endpoints[0], "the proxy"), { signal: AbortSignal.timeout(5_000) });
    await source.close?.();
  });

  it("row 13: proxies with --resolver-prefix list each other in any order; when one ends, polls and calls go on by the other", async (test) => {
    const members = urls(await cluster(test));
    const both = await Promise.all([0, 1].map(() => proxy(test, members, { resolverPrefix: "proxies" })));
    const [ending, staying] = [present(both[0], "a proxy"), present(both[1], "another proxy")];
    const addresses = both.map(({ address }) => address).sort();
    const poller = pollerAt(test, { seeds: addresses });
    const versions: number[] = [];
    poller.subscribe(({ version }) => versions.push(version), { metadata: true });
    await vi.waitFor(() => expect(listed(poller)).toEqual(addresses), { timeout: 10_000 });
    await vi.waitFor(() => expect(poller.snapshot?.aside).toEqual([]), { timeout: 5_000 });
    const before = poller.snapshot;
    // Go's maps have no order, and neither has their list: of 30 answers some differ.
    for (let poll = 0; poll < 30; poll += 1) await poller.refresh();
    expect(poller.snapshot).toBe(before);

    const channel = channelOn(test, poller);
    await channel.put("proxied", "by two", 5_000);
    await ending.kill();
    await poller.refresh();
    for (let write = 0; write < 20; write += 1) await channel.put("proxied", `${write}`, 5_000);
    // Its registration expires with its lease.
    await vi.waitFor(() => expect(listed(poller)).toEqual([staying.address]), { timeout: 15_000 });
    await channel.put("proxied", "by the other", 5_000);
  });

  it("row 9: with clusterId a proxy is refused, because it does not say whose proxy it is", async (test) => {
    const one = await proxy(test, urls(await cluster(test)));
    const poller = pollerAt(test, { seeds: [one.address], clusterId: "c1" });
    await expect(poller.refresh()).rejects.toMatchObject({
      code: "FOREIGN_CLUSTER",
      message: expect.stringContaining("no cluster id (a grpc-proxy?), but clusterId is given"),
    });
  });

  it("row 9: of seeds that mix a proxy and members, members win for good: endpoints change at most once", async (test) => {
    const members = urls(await cluster(test));
    const one = await proxy(test, members);
    let seeds: readonly string[] = [one.address];
    const poller = pollerAt(test, { seeds: async () => seeds });
    const sets: string[] = [];
    poller.subscribe(({ endpoints }) =>
      sets.push(
        endpoints
          .map(({ port }) => port)
          .sort()
          .join(),
      ),
    );
    await poller.ready();
    seeds = members;
    for (let poll = 0; poll < 3; poll += 1) await poller.refresh();
    expect(listed(poller)).toEqual([one.address]);
    await one.kill();
    await poller.refresh();
    const ports = members.map((url) => Number(new URL(url).port)).sort();
    await vi.waitFor(() => expect(sets).toEqual([one.address.split(":")[1], ports.join()]), { timeout: 5_000 });

    const again = await proxy(test, members);
    const source = etcdMembers({ seeds: async () => seeds });
    test.onTestFinished(() => source.close?.());
    const context = { signal: AbortSignal.timeout(10_000), previous: undefined, known: [], attempt: 0 };
    const polling = new AbortController();
    source.watch?.({ signal: polling.signal, changed: () => undefined });
    await source.fetch(context);
    polling.abort(); // lets go of the member that answered
    seeds = [again.address];
    await expect(source.fetch(context)).rejects.toThrow(/no cluster id \(a grpc-proxy\?\), but members of cluster [0-9a-f]+ have answered/);
  });

  it("row 13: a proxy that advertises nothing passes the members' own list on, and clients go past it", async (test) => {
    const members = urls(await cluster(test));
    const silent = await proxy(test, members, { advertise: "" });
    const poller = pollerAt(test, { seeds: [silent.address] });
    const { metadata } = await poller.ready();
    expect(metadata.clusterId).toMatch(/^[0-9a-f]+$/);
    expect(listed(poller)).toEqual(members.map((url) => new URL(url).host).sort());
  });
});

function pollerAt(test: Test, options: EtcdMembersOptions): MetadataPoller<EtcdMetadata> {
  const poller = new MetadataPoller(etcdMembers(options), { minIntervalMs: 20, intervalMs: 1_000, timeoutMs: 5_000 });
  test.onTestFinished(() => poller.close());
  return poller;
}

function listed({ snapshot }: MetadataPoller<EtcdMetadata>): readonly string[] {
  const { endpoints = [], aside = [] } = snapshot ?? {};
  return [...endpoints, ...aside].map(({ host, port }) => `${host}:${port}`).sort();
}

function channelOn(test: Test, poller: MetadataPoller<EtcdMetadata>): KeyValueClient {
  const channel = plainClient({ target: grpcTarget(poller) });
  test.onTestFinished(() => channel.close());
  return channel;
}
