import { tracingChannel } from "node:diagnostics_channel";
import { hostPort, MetadataPoller } from "@rollcall/core";
import { type EtcdMetadata, etcdMembers } from "@rollcall/etcd";
import { type EtcdClusterMember, type EtcdSimulator, startEtcdSimulator } from "@rollcall/etcd/simulator";
import { expect, onTestFinished, vi } from "vitest";

const PATIENCE = { timeout: 20_000, interval: 20 };

/** Whom a worker uses, in its own words. */
export interface Told {
  readonly uses: readonly string[];
  readonly aside: readonly string[];
}

/** A worker, be it a thread or a process. */
export interface SomeWorker {
  /** What it said last of whom it uses. */
  readonly told: Told | undefined;
  /** Has it call some member; resolves with the address, or with what went wrong. */
  call(): Promise<string>;
}

/** A cluster and the one poller of the test's own process. */
export interface Shared {
  readonly cluster: EtcdSimulator;
  readonly poller: MetadataPoller<EtcdMetadata>;
  /** How often it has polled. */
  readonly polls: () => number;
}

export async function startShared(): Promise<Shared> {
  const cluster = await startEtcdSimulator();
  onTestFinished(() => cluster[Symbol.asyncDispose]());
  let polls = 0;
  const starts = {
    start: () => {
      polls += 1;
    },
  };
  const channel = tracingChannel("rollcall:poll");
  channel.subscribe(starts as never);
  onTestFinished(() => void channel.unsubscribe(starts as never));
  const source = etcdMembers({ seeds: cluster.members.map(({ clientUrl }) => clientUrl) });
  const poller = new MetadataPoller(source, { intervalMs: 200, minIntervalMs: 50 });
  onTestFinished(() => poller.close());
  return { cluster, poller, polls: () => polls };
}

/** Where members are, in the order of the poller. */
export function addresses(members: readonly EtcdClusterMember[]): readonly string[] {
  return members.map(({ clientUrl }) => new URL(clientUrl).host).sort();
}

/** Every worker uses exactly these, and so does the poller. */
export async function everybodyUses(
  poller: MetadataPoller<EtcdMetadata>,
  workers: readonly SomeWorker[],
  uses: readonly string[],
  aside: readonly string[] = [],
): Promise<void> {
  const expected = { uses: [...uses].sort(), aside };
  const sorted = (told: Told | undefined) => told && { uses: [...told.uses].sort(), aside: told.aside };
  await vi.waitFor(() => {
    const { snapshot } = poller;
    const own = snapshot && { uses: snapshot.endpoints.map(hostPort.format), aside: snapshot.aside.map(hostPort.format) };
    expect([own, ...workers.map(({ told }) => told)].map(sorted)).toEqual([own, ...workers].map(() => expected));
  }, PATIENCE);
}

/** Replaces every member, one by one, while the workers call; resolves with what their calls ended with, once every worker uses the new ones only. */
export async function replaceEverybody({ cluster, poller }: Shared, workers: readonly SomeWorker[]): Promise<readonly string[]> {
  const calls: string[] = [];
  let isOver = false;
  const calling = workers.map(async (worker) => {
    while (!isOver) calls.push(await worker.call());
  });
  for (const member of [...cluster.members]) {
    await cluster.replace(member);
    await everybodyUses(poller, workers, addresses(cluster.members));
  }
  isOver = true;
  await Promise.all(calling);
  return calls;
}

/** Freezes a member, lets one worker call until it is set aside everywhere, and thaws it. */
export async function freezeSomebody({ cluster, poller }: Shared, workers: readonly SomeWorker[]): Promise<void> {
  const [frozen, ...others] = cluster.members as readonly [EtcdClusterMember, ...EtcdClusterMember[]];
  await cluster.freeze(frozen);
  let isAside = false;
  const calling = (async () => {
    while (!isAside) await workers[0]?.call();
  })();
  await everybodyUses(poller, workers, addresses(others), addresses([frozen]));
  isAside = true;
  await calling;
  await cluster.thaw(frozen);
  await everybodyUses(poller, workers, addresses(cluster.members));
}
