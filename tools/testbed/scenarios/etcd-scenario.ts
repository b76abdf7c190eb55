import type { Endpoint, MetadataPoller, PollerOptions } from "@rollcall/core";
import { type EtcdMembersOptions, type EtcdMetadata, etcdMembers } from "@rollcall/etcd";
import type { EtcdCluster } from "@rollcall/etcd/simulator";
import type { EtcdClientTls, EtcdServerTls } from "../src/index.js";
import { lasting, pollerOf, type Test } from "./scenario.js";

export type { Test };

/** What kind of cluster a scenario needs. */
export interface ClusterOptions {
  /** How fast its elections are, where it has a choice. */
  readonly timers: "fast" | "default";
  /** Whether members can be cut off from each other, where that has to be prepared. Default: with fast elections. */
  readonly isolatable?: boolean | undefined;
  /** Whether clients speak TLS and need a certificate; with which certificates. Default false. */
  readonly tls?: boolean | EtcdServerTls | undefined;
  /** Switches authentication on, with the user `root` and this password. Default: everybody may ask. */
  readonly password?: string | undefined;
  /** For how many seconds a token is known that nobody uses, where that can be chosen. Default: etcd's own, 300. */
  readonly tokenTtlS?: number | undefined;
}

/** A cluster with what its clients need. */
export interface ScenarioCluster extends EtcdCluster {
  /** Where `tls` is `true`: the authority that signed the members' certificates, and a client certificate of it. */
  readonly tls?: EtcdClientTls | undefined;
}

/** Starts a cluster of three for one scenario. */
export type StartCluster = (options: ClusterOptions) => Promise<ScenarioCluster>;

/** A cluster that ends with the test. */
export function clusterFor(test: Test, startCluster: StartCluster, options: ClusterOptions): Promise<ScenarioCluster> {
  return lasting(test, startCluster(options));
}

/** A poller on some members of a cluster, closed with the test. */
export function pollerOn(
  test: Test,
  seeds: readonly string[],
  options: PollerOptions & Pick<EtcdMembersOptions, "tls" | "auth"> = {},
): MetadataPoller<EtcdMetadata> {
  const { tls, auth, ...pollerOptions } = options;
  return pollerOf(test, etcdMembers({ seeds, tls, auth }), pollerOptions);
}

/** The client URLs of all members that are in the list. */
export function urls(cluster: EtcdCluster): readonly string[] {
  return cluster.members.map(({ clientUrl }) => clientUrl);
}

/** The addresses that a poller says are to be used, as URLs in one text. */
export function believed(poller: MetadataPoller<EtcdMetadata>): string {
  return text(poller.snapshot?.endpoints ?? []);
}

/** Those that it believes to be listed, whether or not they serve. */
export function believedListed(poller: MetadataPoller<EtcdMetadata>): string {
  const { endpoints = [], aside = [] } = poller.snapshot ?? {};
  return text([...endpoints, ...aside]);
}

function text(endpoints: readonly Endpoint[]): string {
  return listed(...endpoints.map(({ host, port, attributes }) => ({ clientUrl: `${attributes?.["scheme"]}://${host}:${port}` })));
}

/** The same for what is expected. */
export function listed(...members: readonly { readonly clientUrl: string }[]): string {
  return members
    .map(({ clientUrl }) => clientUrl)
    .sort()
    .join(" ");
}
