import type { EtcdCluster, EtcdClusterMember } from "./etcd-cluster.js";

/** An {@link EtcdCluster} inside this process, with what only a script needs. */
export interface EtcdSimulator extends EtcdCluster {
  /** How many client connections are open, over all members. */
  readonly connections: number;
  /** How often each method was called since the start, by its name (`MemberList`, `Put`, …). */
  readonly calls: ReadonlyMap<string, number>;
  /** Adds a voter that is listed with its URL but does not serve: its port accepts connections and stays silent, until {@link EtcdCluster.thaw}. */
  growSilent(): Promise<EtcdClusterMember>;
  /** Ends the life of every token that was issued. */
  expireTokens(): void;
}
