/**
 * A Kafka cluster inside this process that speaks the real protocol, with brokers and faults that a test can script.
 *
 * @packageDocumentation
 */
export type { KafkaBroker } from "../kafka-broker.js";
export type { KafkaClientOptions } from "../kafka-transport.js";
export type { ApiName } from "./api-table.js";
export type { KafkaRecord } from "./commit-log.js";
export type { KafkaSimulator } from "./kafka-simulator.js";
export type { KafkaTestBroker, KafkaTestCluster, KafkaTestTopic } from "./kafka-test-cluster.js";
export type { ScriptedAnswer } from "./scripted-answer.js";
export { startKafkaSimulator } from "./simulated-cluster.js";
export type { KafkaSimulatorOptions, KafkaSimulatorSecurity, KafkaSimulatorUser } from "./simulator-options.js";
