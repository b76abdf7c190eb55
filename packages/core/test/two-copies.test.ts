import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import type { EndpointFeed, MetadataPoller, MetadataSource } from "../src/index.js";
import { settle } from "./support/manual-clock.js";

type Core = typeof import("../src/index.js");

/** Two instances of all modules, as when an application and a provider resolve a copy each. */
let ours: Core;
let theirs: Core;

beforeAll(async () => {
  vi.resetModules();
  ours = await import("../src/index.js");
  vi.resetModules();
  theirs = await import("../src/index.js");
});
afterAll(() => void vi.resetModules());

/** A poller of our copy. */
function ourPoller<T>(source: MetadataSource<T>, options: ConstructorParameters<Core["MetadataPoller"]>[1] = {}): MetadataPoller<T> {
  const poller = new ours.MetadataPoller(source, { intervalMs: 1_000, minIntervalMs: 10, ...options });
  onTestFinished(() => poller.close());
  return poller;
}

const ids = ({ snapshot }: EndpointFeed): readonly string[] | undefined => snapshot?.endpoints.map(({ id }) => id);

describe("two copies of core in one process", () => {
  it("are two", () => {
    expect(theirs.MetadataPoller).not.toBe(ours.MetadataPoller);
    expect(new theirs.DiscoveryError("CLOSED", "", { source: "" })).not.toBeInstanceOf(ours.DiscoveryError);
  });

  it("recognise each other's errors, and pass them on as they are", () => {
    const error = new ours.DiscoveryError("HELD", "once more", { source: "etcd" });
    expect([theirs.isDiscoveryError(error), theirs.toDiscoveryError(error, "kafka") === error]).toEqual([true, true]);
  });

  it("a poller polls a source of the other copy, under policies of the other copy", async () => {
    const { allowHosts, dnsSeeds, fromSeeds, select, shrinkGuard } = theirs;
    const resolver = { resolve4: async () => ["10.0.0.1", "10.0.0.2", "192.0.2.1"], resolve6: async () => [] };
    const source = fromSeeds(dnsSeeds("a.test", 1, { resolver: resolver as never }));
    const poller = ourPoller(source, { mapEndpoint: allowHosts({ cidrs: ["10.0.0.0/8"] }), guard: shrinkGuard({ maxShrink: 0 }) });
    const seen: unknown[] = [];
    poller.subscribe(({ endpoints }) => seen.push(endpoints.length), { select: select.subset({ size: 1, seed: "x" }) });
    await poller.ready();
    await settle();
    expect([ids(poller), seen]).toEqual([["10.0.0.1:1", "10.0.0.2:1"], [1]]);
  });

  it("a poller keeps the code of an error that its source made with the other copy", async () => {
    const error = new theirs.DiscoveryError("UNAUTHENTICATED", "who are you", { source: "etcd" });
    const poller = ourPoller({ ...theirs.fromSeeds(["a.test:1"]), fetch: () => Promise.reject(error) });
    await expect(poller.ready()).rejects.toBe(error);
    expect(poller.status.error).toBe(error);
  });

  it("candidates and cluster ids of the other copy end in errors that this copy knows", async () => {
    const { signal } = new AbortController();
    const ask = (): Promise<never> => Promise.reject(new ours.DiscoveryError("UNAUTHENTICATED", "who are you", { source: "etcd" }));
    const failed = await theirs.askCandidates(["a"], ask, { signal }).catch((thrown: unknown) => thrown);
    expect([ours.isDiscoveryError(failed), (failed as { readonly code: string }).code]).toEqual([true, "UNAUTHENTICATED"]);
  });

  it("a live client of the other copy lives on this copy's poller", async () => {
    const poller = ourPoller(ours.fromSeeds(["a.test:1"]));
    const live = theirs.liveClient(poller, (endpoints) => endpoints.map(({ host }) => host), { dispose: () => undefined });
    onTestFinished(() => live[Symbol.asyncDispose]());
    expect(await live.ready()).toEqual(["a.test"]);
    await poller.close();
    await live[Symbol.asyncDispose]();
    await expect(live.ready()).rejects.toSatisfy(ours.isDiscoveryError);
  });

  it("a registry of the other copy shares this copy's poller, replaces a closed one, and closes it in the end", async () => {
    const registry = new theirs.PollerRegistry();
    const make = () => ourPoller(ours.fromSeeds(["a.test:1"]));
    const poller = registry.get("a", make);
    expect([registry.get("a", make) === poller, poller instanceof ours.MetadataPoller]).toEqual([true, true]);
    await poller.close();
    const next = registry.get("a", make);
    expect(next).not.toBe(poller);
    await registry[Symbol.asyncDispose]();
    expect(next.status.state).toBe("closed");
  });

  it("a store of the other copy brings a set back", async () => {
    const folder = await mkdtemp(join(tmpdir(), "rollcall-copies-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const store = theirs.fileSnapshotStore(join(folder, "set.json"));
    const source = { ...theirs.fromSeeds(["a.test:1"]), restore: (stored: unknown) => stored as readonly string[] };
    const before = ourPoller(source, { store });
    await before.ready();
    await vi.waitFor(() => expect(store.load(source.key)).resolves.toBeDefined());
    await before.close();
    const after = ourPoller({ ...source, fetch: () => new Promise(() => undefined) }, { store });
    await after.ready();
    expect(ids(after)).toEqual(["a.test:1"]);
  });
});
