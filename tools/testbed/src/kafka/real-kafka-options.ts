import type { KafkaTestBroker, KafkaTestCluster } from "@rollcall/kafka/simulator";
import type { KafkaInstallation } from "./kafka-installation.js";

/**
 * How clients are let in: `plaintext` anybody; `sasl` with SCRAM-SHA-256; `tls` with a client certificate; `sasl-tls` with SCRAM-SHA-256 over
 * TLS, no certificate of the client's own.
 */
export type KafkaSecurity = "plaintext" | "sasl" | "tls" | "sasl-tls";

/** What kind of cluster `startRealKafka` starts. */
export interface RealKafkaOptions extends KafkaInstallation {
  /** How many brokers to begin with; default 3; 1 or more. */
  readonly brokers?: number | undefined;
  /**
   * Whether every node has a process (a JVM) of its own; default true. `false`: all nodes in one process, which takes half as long to start
   * and a quarter of the memory; `kill`, `killAll`, `freeze` and `thaw` reject then, and so does `stop` of a live broker that was unregistered,
   * which could only be killed: nothing brings it back.
   */
  readonly processes?: boolean | undefined;
  /** How clients are let in; default `plaintext`. */
  readonly security?: KafkaSecurity | undefined;
  /** After how many ms without a heartbeat (one each 200 ms) the controller fences a broker; default 1 500; 400 or more. Kafka's own: 9 000. */
  readonly sessionMs?: number | undefined;
}

/** A cluster of Kafka nodes on 127.0.0.1. */
export interface RealKafkaCluster extends KafkaTestCluster {
  /** Everything that it writes is in here: data, logs, certificates. */
  readonly directory: string;
  /** Where the registered brokers serve each other, by id: another listener than that of their `address`, in plaintext. Changes with each start. */
  readonly internalAddresses: readonly string[];
  /** As in every cluster; `rack`: from now on it stands in another one. */
  start(broker: KafkaTestBroker, options?: { readonly move?: boolean | undefined; readonly rack?: string | undefined }): Promise<void>;
}
