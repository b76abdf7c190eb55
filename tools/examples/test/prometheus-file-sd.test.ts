import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEtcdSimulator } from "@rollcall/etcd/simulator";
import { expect, it, onTestFinished, vi } from "vitest";
import { scrapeEtcd } from "../src/prometheus-file-sd.js";

/**
 * The targets of a file, held to what Prometheus takes: fields `targets` and `labels` and no other (`discovery/targetgroup/targetgroup.go`), names that
 * every version allows and texts as values (prometheus/common `model/labelset.go`), addresses without a path (`config/config.go`, CheckTargetAddress).
 */
async function prometheusReads(path: string): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
  const groups: readonly Record<string, unknown>[] = JSON.parse(await readFile(path, "utf8"));
  const read = new Map<string, Record<string, string>>();
  for (const group of groups) {
    expect(Object.keys(group)).toEqual(["targets", "labels"]);
    const labels = group["labels"] as Record<string, string>;
    for (const [name, value] of Object.entries(labels))
      expect([name, typeof value]).toEqual([expect.stringMatching(/^[a-zA-Z_]\w*$/), "string"]);
    for (const target of group["targets"] as readonly string[]) {
      expect(target).toMatch(/^([\w.-]+|\[[\da-f:]+\]):\d+$/);
      read.set(target, labels);
    }
  }
  return read;
}

it("the targets are the members of the cluster, while these are replaced one by one", async () => {
  const cluster = await startEtcdSimulator();
  onTestFinished(() => cluster[Symbol.asyncDispose]());
  const folder = await mkdtemp(join(tmpdir(), "rollcall-targets-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "etcd.json");
  const original = cluster.members.map(({ clientUrl }) => new URL(clientUrl).host);

  const poller = scrapeEtcd(original, path);
  onTestFinished(() => poller.close());
  await vi.waitUntil(() =>
    readFile(path).then(
      () => true,
      () => false,
    ),
  );
  const first = await prometheusReads(path);
  expect([...first.keys()].sort()).toEqual([...original].sort());
  const ids = poller.snapshot?.endpoints.map(({ id }) => id);
  expect([...first.values()].map(({ __meta_rollcall_id }) => __meta_rollcall_id)).toEqual(ids);
  expect(first.get(original[0] ?? "")).toMatchObject({ __meta_rollcall_attribute_scheme: "http", team: "storage" });

  for (const member of [...cluster.members]) {
    await cluster.replace(member);
    await poller.refresh();
  }
  const now = cluster.members.map(({ clientUrl }) => new URL(clientUrl).host).sort();
  await vi.waitUntil(async () => [...(await prometheusReads(path)).keys()].sort().join() === now.join());
  expect(now.filter((target) => original.includes(target))).toEqual([]);
}, 30_000);
