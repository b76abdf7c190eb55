import type { RocketmqBroker } from "../rocketmq-broker.js";
import { parseLenientJson } from "./bare-keys.js";
import { type RejectBroker, readBrokerData, record } from "./broker-data.js";

/**
 * The brokers of an answer to 106 (`ClusterInfo.java`), by address, each once. Nobody: the nameserver knows none, as after its start.
 *
 * @throws DiscoveryError `MALFORMED_RESPONSE`.
 */
export function readClusterInfo(body: Uint8Array, reject: RejectBroker): readonly RocketmqBroker[] {
  const { brokerAddrTable } = record(parseLenientJson(body), "the body");
  return readBrokerData(Object.values(record(brokerAddrTable, "the table of brokers")), reject);
}
