/**
 * A RocketMQ cluster inside this process that speaks the real protocol, with nameservers, brokers, an address server and faults that a test can script.
 *
 * @packageDocumentation
 */
export type { SerializeType } from "../protocol/remoting-frame.js";
export type { RocketmqAclOptions, RocketmqClientOptions, RocketmqTlsOptions } from "../rocketmq-options.js";
export type { RemotingAnswer, RemotingRequest } from "../rocketmq-transport.js";
export { startAddressServer } from "./address-server.js";
export { type AnnouncementContext, announceBroker } from "./announced-broker.js";
export type { RocketmqMessage } from "./message-log.js";
export { remotingCall } from "./remoting-call.js";
export type { RocketmqSimulator } from "./rocketmq-simulator.js";
export type {
  AddressServerMode,
  RocketmqAnnouncedBroker,
  RocketmqAnnouncement,
  RocketmqTestAddressServer,
  RocketmqTestBroker,
  RocketmqTestCluster,
  RocketmqTestNameserver,
} from "./rocketmq-test-cluster.js";
export type { ScriptedAnswer } from "./scripted-answer.js";
export { startRocketmqSimulator } from "./simulated-cluster.js";
export type { RocketmqSimulatorOptions, RocketmqSimulatorSecurity, RocketmqSimulatorTls } from "./simulator-options.js";
