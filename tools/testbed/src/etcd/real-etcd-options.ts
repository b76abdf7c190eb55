import type { EtcdCluster } from "@rollcall/etcd/simulator";
import type { EtcdBinary } from "./etcd-binary.js";
import type { EtcdClientTls } from "./etcd-tls.js";

/** What kind of cluster `startRealEtcd` starts. */
export interface RealEtcdOptions extends EtcdBinary {
  /** How many voters to begin with; default 3; 1 or more. */
  readonly members?: number | undefined;
  /**
   * `default` (the default): etcd's own, heartbeat 100 ms and election timeout 1 s: what an availability figure needs.
   * `fast`: 20 ms and 200 ms, for tests about membership. Either way nothing is synced to disk where etcd allows that.
   */
  readonly timers?: "fast" | "default" | undefined;
  /** Mutual TLS for clients, with an authority of its own; default false. Peers speak plaintext. */
  readonly tls?: boolean | undefined;
  /**
   * Whether members reach each other through proxies in this process, which `isolate` needs; default true. `false` where
   * availability is measured: with this process busy, handing over the lead loses a write about six times as often.
   */
  readonly isolatable?: boolean | undefined;
  /** Switches authentication on, with the user `root` and this password; default off. */
  readonly auth?: { readonly password: string } | undefined;
}

/** A cluster of etcd processes on 127.0.0.1. */
export interface RealEtcdCluster extends EtcdCluster {
  /** Everything that it writes is in here: data, logs, certificates. */
  readonly directory: string;
  /** What a client needs for mutual TLS; absent = plaintext. */
  readonly tls?: EtcdClientTls | undefined;
}
