export { cacheDirectory, cacheKey, fillCache } from "./cache.js";
export { type Certificate, type CertificateAuthority, createCertificateAuthority } from "./certificates.js";
export type { EtcdBinary, EtcdVersion } from "./etcd/etcd-binary.js";
export type { EtcdClientTls, EtcdServerTls } from "./etcd/etcd-tls.js";
export { findEtcd, provisionEtcd } from "./etcd/provision.js";
export type { RealEtcdCluster, RealEtcdOptions } from "./etcd/real-etcd-options.js";
export { startRealEtcd } from "./etcd/start-real-etcd.js";
export type { KafkaInstallation } from "./kafka/kafka-installation.js";
export { findKafka, provisionKafka } from "./kafka/provision.js";
export { startRealKafka } from "./kafka/real-kafka-cluster.js";
export type { KafkaSecurity, RealKafkaCluster, RealKafkaOptions } from "./kafka/real-kafka-options.js";
export { AliOnsProducer } from "./load/ali-ons-producer.js";
export { JavaProducer } from "./load/java-producer.js";
export { kafkaApplication } from "./load/kafka-application.js";
export { KafkaReader } from "./load/kafka-reader.js";
export { KafkaWriter, type KafkaWriterReport } from "./load/kafka-writer.js";
export { generatedClient, type KeyValueClient, type KeyValueClientOptions, niceClient, plainClient } from "./load/key-value-clients.js";
export { type MemberRequest, MemberWriter, type Suspicion } from "./load/member-writer.js";
export type { RocketmqLoad, RocketmqLookup, RocketmqProducer } from "./load/rocketmq-producer.js";
export type { SendReport } from "./load/send-tally.js";
export { Writer, type WriterReport } from "./load/writer.js";
export { findNats, type NatsBinary, provisionNats } from "./nats/provision.js";
export { type RealNatsCluster, type RealNatsServer, startRealNats } from "./nats/real-nats-cluster.js";
export { Ports } from "./ports.js";
export {
  type Missing,
  type RequireOptions,
  requireEtcd,
  requireKafka,
  requireNats,
  requireRocketmq,
  requireServer,
} from "./require-server.js";
export { findRocketmq, provisionRocketmq } from "./rocketmq/provision.js";
export { startRealRocketmq } from "./rocketmq/real-rocketmq-cluster.js";
export type { RealRocketmqCluster, RealRocketmqOptions, RealRocketmqProxy, RocketmqSecurity } from "./rocketmq/real-rocketmq-options.js";
export type { RocketmqInstallation } from "./rocketmq/rocketmq-installation.js";
export { run } from "./run.js";
