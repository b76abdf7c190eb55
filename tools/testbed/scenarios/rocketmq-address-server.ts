import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileSnapshotStore, srvSeeds } from "@rollcall/core";
import { nsaddrServer } from "@rollcall/rocketmq";
import type { AddressServerMode, RocketmqTestCluster } from "@rollcall/rocketmq/simulator";
import { expect, it, vi } from "vitest";
import { believed, EAGER, listed, nameserversOf, PATIENT, placeOf, SOON_MS, type Test } from "./rocketmq-scenario.js";

/** How long one question to an address server may take, where one must be seen to hang. */
const SHORT_MS = 300;

const BAD = {
  html: "MALFORMED_RESPONSE",
  empty: "EMPTY_METADATA",
  hang: "TIMEOUT",
  trickle: "TIMEOUT",
  endless: "MALFORMED_RESPONSE",
  "redirect-loop": "UNAVAILABLE",
  "error-404": "UNAVAILABLE",
  "error-500": "UNAVAILABLE",
  "error-503": "UNAVAILABLE",
} as const satisfies Record<Exclude<AddressServerMode, "ok">, string>;

/** What an address server may say, and that it may say nothing. */
export function addressServerScenarios(shared: () => RocketmqTestCluster): void {
  for (const mode of Object.keys(BAD) as (keyof typeof BAD)[]) {
    it(`rows 1 and 2: an address server in mode ${mode} causes one clear error, the list stays, and readers never wait`, async (test) => {
      const { addressServer } = shared();
      const poller = nameserversOf(test, shared(), PATIENT, { attemptTimeoutMs: SHORT_MS });
      const before = await poller.ready();
      expect(believed(poller)).toBe([...addressServer.addresses].sort().join(" "));
      misbehave(test, shared(), mode);
      const polling = poller.refresh();
      let slowestMs = 0;
      const reader = setInterval(() => {
        const began = performance.now();
        if (poller.snapshot === before) slowestMs = Math.max(slowestMs, performance.now() - began);
        else slowestMs = Number.POSITIVE_INFINITY;
      }, 5);
      test.onTestFinished(() => clearInterval(reader));
      await expect(polling).rejects.toMatchObject({ code: BAD[mode], message: expect.stringContaining(addressServer.url) });
      expect(poller.snapshot).toBe(before);
      expect(slowestMs).toBeLessThan(5);
    });
  }

  it("row 3: one of two address servers dies, and polls go on", async (test) => {
    const cluster = shared();
    const ours = await nsaddrServer(nameserversOf(test, cluster, PATIENT));
    test.onTestFinished(() => ours.close());
    const { addressServer } = cluster;
    const poller = nameserversOf(test, cluster, PATIENT, { from: { addressServer: [addressServer.url, ours.url] } });
    const control = nameserversOf(test, cluster, PATIENT);
    await Promise.all([poller.ready(), control.ready()]);
    await withoutAddressServer(cluster, async () => {
      await poller.refresh();
      await expect(control.refresh(), "the only address server must be down, else this run proves nothing").rejects.toThrow("UNAVAILABLE");
    });
  });

  it("row 5: SRV records lead to nameservers, each with its own port, and while DNS fails the list stays", async (test) => {
    const cluster = shared();
    let targets = cluster.nameservers.slice(0, 2).map(placeOf);
    const resolveSrv = async () => {
      if (targets.length === 0) throw Object.assign(new Error("SERVFAIL"), { code: "ESERVFAIL" });
      return targets.map(({ host, port }) => ({ name: `${host}.`, port, priority: 1, weight: 1 }));
    };
    const seeds = srvSeeds("_nameserver._tcp.test", { resolver: { resolveSrv } });
    const poller = nameserversOf(test, cluster, PATIENT, { from: { seeds } });
    poller.subscribe(() => undefined);
    await poller.ready();
    expect(believed(poller)).toBe(listed(...cluster.nameservers.slice(0, 2)));
    targets = cluster.nameservers.slice(1, 3).map(placeOf);
    await poller.refresh();
    await vi.waitFor(() => expect(believed(poller)).toBe(listed(...cluster.nameservers.slice(1, 3))), { timeout: SOON_MS });
    targets = [];
    await expect(poller.refresh()).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining("_nameserver._tcp.test"),
    });
    expect(believed(poller)).toBe(listed(...cluster.nameservers.slice(1, 3)));
  });

  it("6, row 4: the address server is down at start: with a store there are endpoints at once, stale ones, and they get fresh", async (test) => {
    const cluster = shared();
    const file = await storedBy(test, cluster);
    const poller = nameserversOf(test, cluster, { ...EAGER, store: fileSnapshotStore(file) });
    await withoutAddressServer(cluster, async () => {
      const began = performance.now();
      poller.subscribe(() => undefined);
      await poller.ready();
      expect(performance.now() - began).toBeLessThan(500);
      expect([believed(poller), poller.status.state]).toEqual([[...cluster.addressServer.addresses].sort().join(" "), "stale"]);
      await vi.waitFor(() => expect(poller.status.failures).toBeGreaterThan(0), { timeout: SOON_MS });
      expect(poller.status.state).toBe("stale");
    });
    await vi.waitFor(() => expect(poller.status.state).toBe("fresh"), { timeout: SOON_MS });
  });

  it("row 4: what is stored is not used when it is damaged, too old, or another source's", async (test) => {
    const cluster = shared();
    const file = await storedBy(test, cluster);
    const { url } = cluster.addressServer;
    await withoutAddressServer(cluster, async () => {
      const fails = async (store: ReturnType<typeof fileSnapshotStore>, addressServer = url): Promise<void> => {
        const poller = nameserversOf(test, cluster, { ...EAGER, store }, { from: { addressServer } });
        await expect(poller.refresh()).rejects.toMatchObject({ code: "UNAVAILABLE" });
        expect(poller.snapshot).toBeUndefined();
      };
      const believing = nameserversOf(test, cluster, { ...EAGER, store: fileSnapshotStore(file) });
      await believing.ready();
      await fails(fileSnapshotStore(file, { maxAgeMs: 0 }));
      await fails(fileSnapshotStore(file), url.replace("/rocketmq/", "/another/"));
      await writeFile(file, "half a fi");
      await fails(fileSnapshotStore(file));
    });
  });
}

/** From now until the test ends. */
function misbehave(test: Test, { addressServer }: RocketmqTestCluster, mode: AddressServerMode): void {
  test.onTestFinished(() => {
    addressServer.mode = "ok";
  });
  addressServer.mode = mode;
}

async function withoutAddressServer({ addressServer }: RocketmqTestCluster, act: () => Promise<void>): Promise<void> {
  await addressServer.stop();
  try {
    await act();
  } finally {
    await addressServer.start();
  }
}

/** A file in which a poller has stored the nameservers. */
async function storedBy(test: Test, cluster: RocketmqTestCluster): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "rollcall-scenario-"));
  test.onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, "nameservers.json");
  const poller = nameserversOf(test, cluster, { ...PATIENT, store: fileSnapshotStore(file) });
  await poller.ready();
  await vi.waitFor(() => readFile(file), { timeout: SOON_MS });
  await poller.close();
  return file;
}
