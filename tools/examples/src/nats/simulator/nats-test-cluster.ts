/** One server of a cluster of NATS servers. */
export interface NatsTestServer {
  /** Its `server_name`. */
  readonly name: string;
  /** `127.0.0.1:10001`: where it takes clients, and what it tells the others. */
  readonly address: string;
}

/** What an operator can do to a cluster, simulated or real. Every method resolves once the servers that run agree on what it did. */
export interface NatsTestCluster extends AsyncDisposable {
  /** Those that are in the cluster, oldest first; frozen ones as well. */
  readonly servers: readonly NatsTestServer[];
  /** Starts one more. */
  grow(): Promise<NatsTestServer>;
  /** Ends one. */
  stop(server: NatsTestServer): Promise<void>;
  /** Lame duck mode: it takes no new client, goes on for those that it has, and is in the cluster no more. */
  retire(server: NatsTestServer): Promise<void>;
  /** From now on it accepts connections, but says nothing and hears nothing. It stays in the cluster. */
  freeze(server: NatsTestServer): Promise<void>;
  /** It goes on. */
  thaw(server: NatsTestServer): Promise<void>;
}
