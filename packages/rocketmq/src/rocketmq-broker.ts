/** One broker process, as nameservers list it. Plain JSON data. */
export interface RocketmqBroker {
  /** `host:port`: what identifies it. */
  readonly address: string;
  /** The name that a master shares with its slaves. */
  readonly name: string;
  /** The cluster that it says it belongs to. */
  readonly cluster: string;
  /** 0 is the master, or the slave that acts as one: then topics give it no permission to write. */
  readonly id: number;
  /** Where it stands, if it says so. */
  readonly zone?: string | undefined;
}

/** A nameserver that does not list what others do. */
export interface RocketmqDivergence {
  /** `host:port` of the nameserver. */
  readonly nameserver: string;
  /** What it does not list: addresses of brokers (`rocketmqBrokers`), or `topic broker` (`rocketmqTopicRoute`). Sorted. */
  readonly lacks: readonly string[];
}
