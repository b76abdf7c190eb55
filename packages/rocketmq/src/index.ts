/**
 * RocketMQ nameservers, topic routes and brokers as Rollcall endpoints, and feeds for stock RocketMQ clients.
 *
 * @packageDocumentation
 */
export { type NameServerArray, nameServerArray } from "./name-server-array.js";
export { type NsaddrServer, nsaddrServer } from "./nsaddr-server.js";
export type { NsaddrServerOptions } from "./nsaddr-server-options.js";
export type { RocketmqBroker, RocketmqDivergence } from "./rocketmq-broker.js";
export type { RocketmqBrokers } from "./rocketmq-brokers-metadata.js";
export type { RocketmqBrokersOptions } from "./rocketmq-brokers-options.js";
export { rocketmqBrokers } from "./rocketmq-brokers-source.js";
export type { RocketmqNameservers, RocketmqOriginReport } from "./rocketmq-nameservers-metadata.js";
export type { RocketmqNameserverOrigin, RocketmqNameserversOptions } from "./rocketmq-nameservers-options.js";
export { rocketmqNameservers } from "./rocketmq-nameservers-source.js";
export type { RocketmqAclOptions, RocketmqClientOptions, RocketmqOptions, RocketmqTlsOptions } from "./rocketmq-options.js";
export type { RocketmqTopicQueues, RocketmqTopicRoute, RocketmqTopicRoutes } from "./rocketmq-topic-route-metadata.js";
export type { RocketmqTopicRouteOptions } from "./rocketmq-topic-route-options.js";
export { rocketmqTopicRoute } from "./rocketmq-topic-route-source.js";
