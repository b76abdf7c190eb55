import type { ApiName } from "./api-table.js";
import type { KafkaRecord } from "./commit-log.js";
import type { KafkaTestBroker, KafkaTestCluster } from "./kafka-test-cluster.js";
import type { ScriptedAnswer } from "./scripted-answer.js";

/** A {@link KafkaTestCluster} inside this process, with what only a script needs. */
export interface KafkaSimulator extends KafkaTestCluster {
  /** How many client connections are open, over all brokers and the controller. */
  readonly connections: number;
  /** How often each request was asked since the start, by its name (`Metadata`, `Produce`, …), over all brokers and the controller. */
  readonly requests: ReadonlyMap<ApiName, number>;
  /** Everything that was appended to a topic, in this order; `[]` for a topic that has nothing or does not exist. */
  records(topic: string): readonly KafkaRecord[];
  /** Fences a broker that goes on running, until `unfence` or its next start. */
  fence(broker: KafkaTestBroker): void;
  /** Ends `fence`. */
  unfence(broker: KafkaTestBroker): void;
  /** From now on a broker hears nothing of the controller and answers what it knows; false: it knows everything again. */
  lag(broker: KafkaTestBroker, behind: boolean): void;
  /**
   * What a broker says from now on instead of the truth; undefined ends that.
   *
   * @param to - to which requests. Default: Metadata and DescribeCluster
   */
  answer(broker: KafkaTestBroker, script: ScriptedAnswer | undefined, to?: readonly ApiName[]): void;
}
