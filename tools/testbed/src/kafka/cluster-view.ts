import { until } from "../until.js";
import type { KafkaNode } from "./kafka-node.js";
import { describeCluster, type ListedBroker, type ListedPartition, listPartitions } from "./operator-requests.js";

const WITHIN_MS = 60_000;

/** Waits until every broker that is up says the same. */
export class ClusterView {
  readonly #brokers: readonly KafkaNode[];
  readonly #check: () => void;

  /**
   * @param brokers Live: the cluster adds to it.
   * @param check Throws when waiting is pointless.
   */
  constructor(brokers: readonly KafkaNode[], check: () => void) {
    this.#brokers = brokers;
    this.#check = check;
  }

  /** Those that are up and in the list. Throws when there is none. */
  get usable(): readonly [KafkaNode, ...KafkaNode[]] {
    const [first, ...others] = this.#brokers.filter(({ usable }) => usable);
    if (first === undefined) throw new Error("no broker is up");
    return [first, ...others];
  }

  /** Resolves once all list these brokers unfenced, as they were last started. */
  async lists(brokers: readonly KafkaNode[]): Promise<void> {
    await this.#agrees("listed", brokers, (listed, { internalPort }) => listed?.port === internalPort && !listed.fenced);
  }

  /** Resolves once all list this broker as fenced; with nobody up that is so. */
  async fences(broker: KafkaNode): Promise<void> {
    if (this.#brokers.some(({ usable }) => usable)) await this.#agrees("fenced", [broker], (listed) => listed?.fenced === true);
  }

  /** Resolves once nobody lists this broker. */
  async omits(broker: KafkaNode): Promise<void> {
    await this.#agrees("not listed", [broker], (listed) => listed === undefined);
  }

  /** Resolves with the partitions of these topics, or of all, once every broker that is up knows of each that it is as it should be. */
  async partitions(
    what: string,
    topics: readonly string[] | undefined,
    asItShould: (partition: ListedPartition, usable: ReadonlySet<number>) => boolean,
  ): Promise<readonly ListedPartition[]> {
    return this.#everybody(what, async ({ internalPort }) => {
      const usable = new Set(this.usable.map(({ id }) => id));
      const partitions = await listPartitions(internalPort, topics);
      const missing = topics?.find((topic) => !partitions.some((partition) => partition.topic === topic));
      if (missing !== undefined) throw new Error(`${missing} is unknown`);
      const wrong = partitions.find((partition) => !asItShould(partition, usable));
      if (wrong !== undefined) throw new Error(JSON.stringify(wrong));
      return partitions;
    });
  }

  async #agrees(
    how: string,
    brokers: readonly KafkaNode[],
    agrees: (listed: ListedBroker | undefined, broker: KafkaNode) => boolean,
  ): Promise<void> {
    const what = `${brokers.map(({ id }) => id).join(", ")} ${how}`;
    await this.#everybody(what, async ({ id, internalPort }) => {
      const { listed } = await describeCluster(internalPort, "brokers");
      const other = brokers.find((broker) => !agrees(listed.get(broker.id), broker));
      if (other !== undefined) throw new Error(`broker ${id} says of ${other.id}: ${JSON.stringify(listed.get(other.id))}`);
    });
  }

  /** Asks everybody who is up until all answer well; resolves with one of the answers. */
  async #everybody<T>(what: string, question: (broker: KafkaNode) => Promise<T>): Promise<T> {
    const attempt = async () => {
      this.#check();
      const [first] = await Promise.all(this.usable.map(question));
      return first as T;
    };
    return until(attempt, { what, timeoutMs: WITHIN_MS, retry: () => this.#goesOn() });
  }

  #goesOn(): boolean {
    this.#check();
    return true;
  }
}
