import type { EtcdCluster, EtcdClusterMember } from "./etcd-cluster.js";

/** An {@link EtcdCluster} inside this process, with what only a script needs. */
export interface EtcdSimulator extends EtcdCluster {
  /** How many client connections are open, over all members. */
  readonly connections: number;
  /** How often each method was called since the start, by its name (`MemberList`, `Put`, …). */
  readonly calls: ReadonlyMap<string, number>;
  /** From now on a member answers each request only after this many milliseconds; 0 = as fast as it can. */
  slow(member: EtcdClusterMember, delayMs: number): void;
}
