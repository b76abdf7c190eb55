import type { KafkaTestTopic } from "@rollcall/kafka/simulator";
import { type Admin, Kafka, logLevel } from "kafkajs";
import type { ClusterView } from "./cluster-view.js";
import type { KafkaNode } from "./kafka-node.js";
import { electPreferredLeader, type ListedPartition } from "./operator-requests.js";

const DEFAULT_REPLICAS = 3;

/** Creates topics and moves what they are made of. */
export class PartitionAdmin {
  readonly #view: ClusterView;

  constructor(view: ClusterView) {
    this.#view = view;
  }

  /** Resolves once every partition has a leader that all know. */
  async create(topics: readonly KafkaTestTopic[]): Promise<void> {
    const up = this.#view.usable.length;
    const wanted = topics.map(({ topic, partitions = 1, replicas = Math.min(up, DEFAULT_REPLICAS) }) => ({
      topic,
      numPartitions: partitions,
      replicationFactor: replicas,
    }));
    await this.#admin((admin) => admin.createTopics({ topics: wanted, waitForLeaders: false }));
    const names = topics.map(({ topic }) => topic);
    await this.#view.partitions("every partition has a leader", names, ({ leader }) => leader >= 0);
  }

  /** Makes another in-sync replica the leader and resolves with its id. */
  async moveLeader(topic: string, partition: number): Promise<number> {
    const its = ({ topic: of, partition: index }: ListedPartition) => of === topic && index === partition;
    const found = (await this.#view.partitions(`${topic} is known`, [topic], () => true)).find(its);
    const next = found?.inSync.find((id) => id !== found.leader && this.#view.usable.some((broker) => broker.id === id));
    if (found === undefined || next === undefined) throw new Error(`partition ${partition} of ${topic} has no other replica in sync`);
    // The first replica is the preferred leader.
    const replicas = [next, ...found.replicas.filter((id) => id !== next)];
    await this.#reassign([{ topic, partition, replicas }]);
    await electPreferredLeader(this.#view.usable[0].internalPort, topic, partition);
    await this.#view.partitions(`${next} leads ${topic}`, [topic], (listed) => !its(listed) || listed.leader === next);
    return next;
  }

  /** Moves every partition there is, those of internal topics included, to these brokers; resolves once all of them are in sync. */
  async moveAll(to: readonly KafkaNode[]): Promise<void> {
    const ids = to.map(({ id }) => id);
    const partitions = await this.#view.partitions("all partitions", undefined, () => true);
    const moves = partitions.map(({ topic, partition, replicas }, index) => ({
      topic,
      partition,
      replicas: replicas.slice(0, ids.length).map((_, replica) => ids[(index + replica) % ids.length] as number),
    }));
    if (moves.length === 0) return;
    await this.#reassign(moves);
    const there = new Set(ids);
    await this.#view.partitions("all partitions have moved", undefined, ({ leader, replicas, inSync }) => {
      return there.has(leader) && replicas.every((id) => there.has(id)) && inSync.length === replicas.length;
    });
  }

  /** Resolves once every replica on a broker that is up is in sync, so that one of them may go. */
  async inSync(): Promise<void> {
    await this.#view.partitions("replicas are in sync", undefined, ({ replicas, inSync }, usable) => {
      return replicas.every((id) => !usable.has(id) || inSync.includes(id));
    });
  }

  async #reassign(moves: readonly Pick<ListedPartition, "topic" | "partition" | "replicas">[]): Promise<void> {
    const topics = [...new Set(moves.map(({ topic }) => topic))].map((topic) => ({
      topic,
      partitionAssignment: moves
        .filter((move) => move.topic === topic)
        .map(({ partition, replicas }) => ({ partition, replicas: [...replicas] })),
    }));
    await this.#admin((admin) => admin.alterPartitionReassignments({ topics }));
  }

  async #admin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    const brokers = this.#view.usable.map(({ internalPort }) => `127.0.0.1:${internalPort}`);
    const admin = new Kafka({ brokers, clientId: "operator", logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    try {
      return await work(admin);
    } finally {
      await admin.disconnect();
    }
  }
}
