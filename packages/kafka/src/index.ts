/**
 * Kafka brokers and partition leaders as Rollcall endpoints, and bootstrap brokers for kafkajs.
 *
 * @packageDocumentation
 */
export { type BootstrapBrokers, bootstrapBrokers } from "./bootstrap-brokers.js";
export type { BootstrapBrokersOptions } from "./bootstrap-brokers-options.js";
export type { KafkaBroker } from "./kafka-broker.js";
export type { KafkaCluster } from "./kafka-brokers-metadata.js";
export type { KafkaBrokersOptions } from "./kafka-brokers-options.js";
export { kafkaBrokers } from "./kafka-brokers-source.js";
export type { KafkaOptions } from "./kafka-options.js";
export type { KafkaPartition, KafkaTopic, KafkaTopics } from "./kafka-partitions-metadata.js";
export type { KafkaPartitionsOptions } from "./kafka-partitions-options.js";
export { kafkaPartitions } from "./kafka-partitions-source.js";
export type { KafkaClientOptions } from "./kafka-transport.js";
