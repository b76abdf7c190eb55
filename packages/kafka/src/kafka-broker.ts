/** One broker, as the cluster registered it. */
export interface KafkaBroker {
  /** The node id. */
  readonly id: number;
  /** Name, IPv4, or IPv6 without brackets, of the listener that was asked. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
  /** Where it stands; absent when it has no rack. */
  readonly rack?: string | undefined;
  /** Registered, but down (KIP-1073): listed with its last address. Always false where the cluster is older than 4.0: there it is not listed at all. */
  readonly fenced: boolean;
}
