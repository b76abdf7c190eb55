import { MetadataPoller, type PollerOptions } from "@rollcall/core";
import { type EtcdMembersOptions, type EtcdMetadata, etcdMembers } from "@rollcall/etcd";
import type { EtcdCluster } from "@rollcall/etcd/simulator";
import { onTestFinished } from "vitest";

/** Starts a cluster of three for one scenario. `timers`: how fast its elections are, where it has a choice. */
export type StartCluster = (options: { readonly timers: "fast" | "default" }) => Promise<EtcdCluster>;

/** A poller on some members of a cluster, closed with the test. */
export function pollerOn(
  seeds: readonly string[],
  options: PollerOptions & Pick<EtcdMembersOptions, "attemptTimeoutMs"> = {},
): MetadataPoller<EtcdMetadata> {
  const { attemptTimeoutMs, ...pollerOptions } = options;
  const poller = new MetadataPoller(etcdMembers({ seeds, attemptTimeoutMs }), pollerOptions);
  onTestFinished(() => poller.close());
  return poller;
}

/** The client URLs of all members that are in the list. */
export function urls(cluster: EtcdCluster): readonly string[] {
  return cluster.members.map(({ clientUrl }) => clientUrl);
}

/** The addresses that a poller believes in, as URLs in one text. */
export function believed(poller: MetadataPoller<EtcdMetadata>): string {
  return (poller.snapshot?.endpoints ?? [])
    .map(({ host, port }) => `http://${host}:${port}`)
    .sort()
    .join(" ");
}

/** The same for what is expected. */
export function listed(...members: readonly { readonly clientUrl: string }[]): string {
  return members
    .map(({ clientUrl }) => clientUrl)
    .sort()
    .join(" ");
}
