import type { KafkaClientOptions } from "../kafka-transport.js";

/** One broker of a {@link KafkaTestCluster}, as an operator sees it. Stays readable after the broker is gone. */
export interface KafkaTestBroker {
  /** Node id. */
  readonly id: number;
  /** `127.0.0.1:20001`: where clients of this cluster's `client` reach it now. */
  readonly address: string;
  /** Where it stands. */
  readonly rack: string;
}

/** A topic to create. */
export interface KafkaTestTopic {
  /** Its name. */
  readonly topic: string;
  /** Default 1. */
  readonly partitions?: number | undefined;
  /** Default: one on every broker that is up, at most 3. */
  readonly replicas?: number | undefined;
}

/**
 * A Kafka cluster that a scenario can operate, whatever it is made of: the in-process simulator and real brokers implement the same
 * interface, so that the same scenarios with the same expectations run on both.
 *
 * Every method resolves once its effect can be observed by a client. A method that cannot do its work rejects.
 */
export interface KafkaTestCluster extends AsyncDisposable {
  /** Its id, 22 characters of base64url. */
  readonly clusterId: string;
  /** The registered brokers, by id, ascending; down ones included. */
  readonly brokers: readonly KafkaTestBroker[];
  /** What a client needs besides `brokers` to speak to it: empty, or `ssl` and `sasl`. The same object for ever; its password changes with `rotatePassword`. */
  readonly client: KafkaClientOptions;
  /** Where the controller listens: no broker. */
  readonly controllerAddress: string;
  /** Starts a broker with a new id on a new port; resolves once every broker that is up lists it. Default rack: az1, az2, az3 in turn. */
  addBroker(options?: { readonly rack?: string | undefined }): Promise<KafkaTestBroker>;
  /** Ends a broker orderly (SIGTERM): it is fenced when this resolves, and stays registered. */
  stop(broker: KafkaTestBroker): Promise<void>;
  /** Ends a broker at once (SIGKILL): its port refuses; the cluster fences it when its session ends, if there is a controller. */
  kill(broker: KafkaTestBroker): Promise<void>;
  /**
   * Starts a stopped or killed broker with its id and data; resolves once it is listed unfenced, which may be before its replicas are in sync. `move`: on another port,
   * which `address` then names.
   */
  start(broker: KafkaTestBroker, options?: { readonly move?: boolean | undefined }): Promise<void>;
  /**
   * Takes a broker out of the cluster's list, dead or alive; rejects if it is not in it. A live one goes on running and is listed again only once it was stopped and
   * started.
   */
  unregister(broker: KafkaTestBroker): Promise<void>;
  /** Stops a broker without closing anything (SIGSTOP): connections stay open, new ones are accepted, nothing answers; fenced when its session ends. */
  freeze(broker: KafkaTestBroker): Promise<void>;
  /** Lets a frozen broker go on. */
  thaw(broker: KafkaTestBroker): Promise<void>;
  /** Ends the controller: from now on every broker goes on answering what it knew. */
  stopController(): Promise<void>;
  /** Starts the controller again. */
  startController(): Promise<void>;
  /** Creates topics, led by whom the cluster likes; resolves once every partition has a leader that all brokers know. */
  createTopics(topics: readonly KafkaTestTopic[]): Promise<void>;
  /** Makes another in-sync replica the leader of a partition; resolves with its id. The order of the replicas may change. */
  moveLeader(topic: string, partition: number): Promise<number>;
  /**
   * Replaces every broker by a new id on a new port, as an operator does it: as many brokers join, all partitions move over, then the old ones are
   * stopped and unregistered one by one. Resolves with the new ones, in racks as `addBroker` gives them. Rejects if a partition has no leader.
   */
  replaceAll(): Promise<readonly KafkaTestBroker[]>;
  /** Ends every broker at once; the controller stays. */
  killAll(): Promise<void>;
  /** Starts every registered broker that is down. `move`: all on new ports. */
  startAll(options?: { readonly move?: boolean | undefined }): Promise<void>;
  /** Starts another cluster (another id, one broker) that listens on the address of a broker which is down. Ends with this cluster if not before. */
  startForeign(at: KafkaTestBroker): Promise<KafkaTestCluster>;
  /** Gives the user of `client` another password. With SASL only. The old one is refused when this resolves, and `client` has the new one. */
  rotatePassword(password: string): Promise<void>;
  /** Ends everything that was started and removes what it wrote. */
  [Symbol.asyncDispose](): Promise<void>;
}
