import type { EndpointFeed } from "@rollcall/core";
import { type KafkaTopics, kafkaPartitions } from "@rollcall/kafka";
import type { KafkaTestCluster } from "@rollcall/kafka/simulator";
import type { ICustomPartitioner } from "kafkajs";
import { expect, it, vi } from "vitest";
import { kafkaApplication } from "../src/index.js";
import { addresses, pollerOf, type Test } from "./kafka-scenario.js";

const TOPIC = "led";
const INTERVAL_MS = 1_000;

/** Who leads what. */
export function partitionScenarios(shared: () => KafkaTestCluster): void {
  it("11. a leader is moved: known within one interval, and at once after refresh", async (test) => {
    const cluster = shared();
    // So many that every broker leads something before and after: the endpoints stay, and only the metadata can tell.
    await cluster.createTopics([{ topic: TOPIC, partitions: 9 }]);
    const source = () => kafkaPartitions({ seeds: addresses(cluster), client: cluster.client, topics: [TOPIC] });
    const regular = pollerOf(test, source(), { intervalMs: INTERVAL_MS, minIntervalMs: 50 });
    const patient = pollerOf(test, source(), { intervalMs: 600_000, minIntervalMs: 10 });
    const told: unknown[] = [];
    regular.subscribe(
      ({ metadata }) => {
        const { leader } = metadata.topics[TOPIC]?.partitions[0] ?? {};
        if (told.at(-1) !== leader) told.push(leader); // another in-sync replica is a version as well
      },
      { metadata: true },
    );
    patient.subscribe(() => undefined);
    await Promise.all([regular.ready(), patient.ready()]);
    const { leader: old, leaderEpoch } = first(patient);
    const endpoints = idsOf(patient);
    const control = await staticProducer(test, cluster);
    expect((await control.send()).at(-1)).toBe(old);

    const leader = await cluster.moveLeader(TOPIC, 0);
    expect(leader).not.toBe(old);
    const { metadata } = await patient.refresh();
    expect(metadata.topics[TOPIC]?.partitions[0]).toMatchObject({ leader });
    expect(first(patient).leaderEpoch).toBeGreaterThan(leaderEpoch ?? Number.NaN);
    expect(idsOf(patient), "the same brokers must lead, else this run proves less").toEqual(endpoints);
    await vi.waitFor(() => expect(told).toEqual([old, leader]), { timeout: 1.1 * INTERVAL_MS + 500 });
    const tried = await control.send();
    expect([tried[0], tried.at(-1)], "kafkajs must be refused by the old leader first, else this run proves nothing").toEqual([
      old,
      leader,
    ]);
  });

  it("an unknown topic is told as such, beside one that is known, and asking does not create it", async (test) => {
    const cluster = shared();
    const topics = ["known", "unknown"];
    await cluster.createTopics([{ topic: "known" }]);
    const poller = pollerOf(test, kafkaPartitions({ seeds: addresses(cluster), client: cluster.client, topics }), { minIntervalMs: 10 });
    await poller.ready();
    const { metadata } = await poller.refresh();
    expect(metadata.topics["unknown"]).toMatchObject({ error: "UNKNOWN_TOPIC_OR_PARTITION", partitions: [] });
    expect(metadata.topics["known"]?.partitions).toHaveLength(1);
  });
}

/** An idle kafkajs producer with a list: sending resolves with the leader that it believed in at each attempt. */
async function staticProducer(test: Test, cluster: KafkaTestCluster): Promise<{ send(): Promise<readonly (number | undefined)[]> }> {
  let tried: (number | undefined)[] = [];
  const createPartitioner: ICustomPartitioner = () => {
    return ({ partitionMetadata }) => {
      tried.push(partitionMetadata.find(({ partitionId }) => partitionId === 0)?.leader);
      return 0;
    };
  };
  const producer = kafkaApplication(cluster.client, addresses(cluster)).producer({ allowAutoTopicCreation: false, createPartitioner });
  test.onTestFinished(() => producer.disconnect());
  await producer.connect();
  return {
    send: async () => {
      tried = [];
      await producer.send({ topic: TOPIC, messages: [{ value: "to partition 0" }] });
      return tried;
    },
  };
}

function first({ snapshot }: EndpointFeed<KafkaTopics>): { leader: number | null; leaderEpoch: number | null } {
  return snapshot?.metadata.topics[TOPIC]?.partitions[0] ?? { leader: null, leaderEpoch: null };
}

function idsOf({ snapshot }: EndpointFeed): readonly string[] {
  return [...(snapshot?.endpoints ?? []), ...(snapshot?.aside ?? [])].map(({ id }) => id).sort();
}
