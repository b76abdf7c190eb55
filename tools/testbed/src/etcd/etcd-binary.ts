/** The server versions that the testbed knows how to get: one built from the Go modules, one from the Debian or Ubuntu package. */
export type EtcdVersion = "3.7.3" | "3.4";

/** An etcd server program on this machine. */
export interface EtcdBinary {
  /** Absolute path of the program. */
  readonly binary: string;
  /** Its full version, for example `3.4.23`. */
  readonly version: string;
}
