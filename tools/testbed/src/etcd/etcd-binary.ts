/** The server versions that the testbed knows how to get, oldest first: one from the Debian or Ubuntu package, and those it builds. */
export const ETCD_VERSIONS = ["3.4", "3.5.35", "3.6.16", "3.7.3"] as const;

/** One of {@link ETCD_VERSIONS}. */
export type EtcdVersion = (typeof ETCD_VERSIONS)[number];

/** One that is built from the Go module in `etcd-3.5`, `etcd-3.6` or `etcd-3.7`. */
export type BuiltEtcdVersion = Exclude<EtcdVersion, "3.4">;

/** An etcd server program on this machine. */
export interface EtcdBinary {
  /** Absolute path of the program. */
  readonly binary: string;
  /** Its full version, for example `3.4.23`. */
  readonly version: string;
}
