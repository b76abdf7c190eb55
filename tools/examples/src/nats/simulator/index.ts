/**
 * A cluster of NATS servers in this process: real sockets, scripted membership.
 *
 * @packageDocumentation
 */
export { type NatsSimulator, startNatsSimulator } from "./nats-simulator.js";
export type { NatsTestCluster, NatsTestServer } from "./nats-test-cluster.js";
