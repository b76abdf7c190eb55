import type { Endpoint } from "@rollcall/core";
import type { KafkaBroker } from "../../src/kafka-broker.js";
import { brokerEndpoints } from "../../src/kafka-brokers-metadata.js";
import { type KafkaOptions, kafkaSettings } from "../../src/kafka-options.js";
import { type KafkaQuestion, KafkaRound } from "../../src/kafka-round.js";
import type { BrokersAnswer } from "../../src/protocol/brokers-answer.js";
import { describeClusterRequest, readDescribeCluster } from "../../src/protocol/describe-cluster.js";
import type { FakeCluster } from "./fake-cluster.js";

/** Asks for the brokers, and takes whatever comes. */
export const list: KafkaQuestion<BrokersAnswer> = async (connection, options) => {
  return readDescribeCluster(await connection.send(describeClusterRequest(2), options), 2);
};

/** How a cluster is asked; the seeds are s1 and s2 unless given. */
export function roundOf(cluster: FakeCluster, options: Partial<KafkaOptions> = {}): KafkaRound {
  return new KafkaRound(kafkaSettings({ seeds: ["s1", "s2"], ...options }), cluster.context);
}

/** These brokers, as a poller knows them. */
export function known(...brokers: readonly KafkaBroker[]): readonly Endpoint[] {
  return brokerEndpoints({ brokers });
}
