import type { EtcdCluster } from "@rollcall/etcd/simulator";
import type { EtcdBinary } from "./etcd-binary.js";
import type { EtcdClientTls, EtcdServerTls } from "./etcd-tls.js";

/** What kind of cluster `startRealEtcd` starts. */
export interface RealEtcdOptions extends EtcdBinary {
  /** How many voters to begin with; default 3; 1 or more. */
  readonly members?: number | undefined;
  /**
   * `default` (the default): etcd's own, heartbeat 100 ms and election timeout 1 s: what an availability figure needs.
   * `fast`: 20 ms and 200 ms, for tests about membership. Either way nothing is synced to disk where etcd allows that.
   */
  readonly timers?: "fast" | "default" | undefined;
  /** Mutual TLS for clients; `true`: with an authority of its own; default false. Peers speak plaintext. */
  readonly tls?: boolean | EtcdServerTls | undefined;
  /**
   * Whether members reach each other through proxies in this process, which `isolate` needs; default true. `false` where
   * availability is measured: with this process busy, handing over the lead loses a write about six times as often.
   */
  readonly isolatable?: boolean | undefined;
  /**
   * `password`: switches authentication on from the start, with the user `root`; default off. `tokenTtlS`: for how many seconds a member knows a
   * token that it was not shown; default etcd's own, 300; 1 or more.
   */
  readonly auth?: { readonly password?: string | undefined; readonly tokenTtlS?: number | undefined } | undefined;
  /** How large a member's data may grow, in bytes, before it raises the alarm NOSPACE; default etcd's own, 2 GiB; 65 536 will do. */
  readonly quotaBytes?: number | undefined;
}

/** A cluster of etcd processes on 127.0.0.1. */
export interface RealEtcdCluster extends EtcdCluster {
  /** Everything that it writes is in here: data, logs, certificates. */
  readonly directory: string;
  /** What a client needs where `tls` is `true`. */
  readonly tls?: EtcdClientTls | undefined;
}
