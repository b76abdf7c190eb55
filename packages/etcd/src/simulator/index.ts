/**
 * An etcd cluster inside this process that speaks the real protocol, with membership and faults that a test can script.
 *
 * @packageDocumentation
 */
export type { EtcdCluster, EtcdClusterMember } from "./etcd-cluster.js";
export type { EtcdSimulator } from "./etcd-simulator.js";
export { startEtcdSimulator } from "./simulated-cluster.js";
export type { EtcdSimulatorOptions } from "./simulator-options.js";
export type { EtcdSimulatorTls } from "./simulator-tls.js";
