import type { Endpoint } from "@rollcall/core";
import * as z from "zod";
import type { KafkaBroker } from "./kafka-broker.js";
import { kafkaRefusal } from "./kafka-options.js";
import { brokersAnswer } from "./protocol/brokers-answer.js";

/** What a Kafka cluster says of its brokers. Plain JSON data. */
export interface KafkaCluster {
  /** Absent where it is unknown (Metadata before version 2, some proxies). */
  readonly clusterId?: string | undefined;
  /** By node id, ascending. */
  readonly brokers: readonly KafkaBroker[];
}

/** {@link KafkaCluster}, read back; {@link brokersAnswer} looks at the values. */
const storedCluster = z.object({
  clusterId: z.string().optional(),
  brokers: z.array(z.object({ id: z.int(), host: z.string(), port: z.int(), rack: z.string().optional(), fenced: z.boolean() })),
});

/**
 * Turns a stored answer, parsed from JSON, back into what was stored.
 *
 * @throws DiscoveryError `MALFORMED_RESPONSE`, saying what does not fit.
 */
export function readStoredCluster(stored: unknown): KafkaCluster {
  const { data, error } = storedCluster.safeParse(stored);
  if (data === undefined) throw kafkaRefusal("MALFORMED_RESPONSE", `what was stored is no list of brokers: ${z.prettifyError(error)}`);
  return brokersAnswer(data.clusterId ?? null, data.brokers);
}

/** Every registered broker, fenced ones included; its rack is the attribute `rack`. */
export function brokerEndpoints({ brokers }: KafkaCluster): readonly Endpoint[] {
  return brokers.map(brokerEndpoint);
}

/** The endpoint of one broker: its id is the node id, so that a move is no replacement. */
export function brokerEndpoint({ id, host, port, rack }: Omit<KafkaBroker, "fenced">): Endpoint {
  return rack === undefined ? { id: String(id), host, port } : { id: String(id), host, port, attributes: { rack } };
}

/** The ids of the brokers that the cluster reports as down. */
export function fencedIds({ brokers }: KafkaCluster): readonly string[] {
  return brokers.filter(({ fenced }) => fenced).map(({ id }) => String(id));
}

/** Whether two answers list the same brokers, in the same state, of the same cluster. */
export function sameCluster(before: KafkaCluster, after: KafkaCluster): boolean {
  return (
    before.clusterId === after.clusterId &&
    before.brokers.length === after.brokers.length &&
    before.brokers.every((broker, index) => sameBroker(broker, after.brokers[index]))
  );
}

function sameBroker(a: KafkaBroker, b: KafkaBroker | undefined): boolean {
  return b !== undefined && a.id === b.id && a.fenced === b.fenced && a.rack === b.rack && sameAddress(a, b);
}

/** Whether two brokers are reached at the same address. */
export function sameAddress(a: Pick<KafkaBroker, "host" | "port">, b: Pick<KafkaBroker, "host" | "port">): boolean {
  return a.host === b.host && a.port === b.port;
}
