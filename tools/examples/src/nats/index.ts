/**
 * The servers of a NATS cluster, as a source of endpoints. Built step by step in `docs/writing-a-provider.md`.
 *
 * @packageDocumentation
 */
export type { NatsServers } from "./nats-servers-metadata.js";
export type { NatsServersOptions } from "./nats-servers-options.js";
export { natsServers } from "./nats-servers-source.js";
