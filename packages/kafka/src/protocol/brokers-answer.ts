import { DiscoveryError } from "@rollcall/core";
import type { KafkaBroker } from "../kafka-broker.js";

/** What an answer says of the brokers. */
export interface BrokersAnswer {
  /** Absent where it is unknown: Metadata before version 2, and some proxies. */
  readonly clusterId: string | undefined;
  /** By node id, ascending; may be empty. */
  readonly brokers: readonly KafkaBroker[];
}

/**
 * The brokers of an answer, by node id. Raises `MALFORMED_RESPONSE` for a node id that is negative or there twice, for a broker without a host, and for a port outside
 * 1 to 65535: whoever says so is not to be believed about the others either.
 */
export function brokersAnswer(clusterId: string | null, listed: readonly KafkaBroker[]): BrokersAnswer {
  const brokers = [...listed].sort((one, other) => one.id - other.id);
  brokers.forEach((broker, index) => {
    const wrong = whatIsWrong(broker, brokers[index - 1]);
    if (wrong) throw new DiscoveryError("MALFORMED_RESPONSE", `the answer lists broker ${broker.id} ${wrong}`, { source: "kafka" });
  });
  return { clusterId: clusterId || undefined, brokers };
}

function whatIsWrong({ id, host, port }: KafkaBroker, before: KafkaBroker | undefined): string | undefined {
  if (id < 0) return "with a negative id";
  if (id === before?.id) return "twice";
  if (host === "") return "without a host";
  return port < 1 || port > 65_535 ? `with port ${port}` : undefined;
}
