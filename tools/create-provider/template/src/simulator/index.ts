/**
 * A cluster of acme-db inside this process that speaks the real protocol, with membership and faults that a test can script.
 *
 * @packageDocumentation
 */
export type { AcmeDbSimulator, AcmeDbSimulatorMember, AcmeDbSimulatorOptions } from "./acme-db-simulator.js";
export { startAcmeDbSimulator } from "./simulated-cluster.js";
