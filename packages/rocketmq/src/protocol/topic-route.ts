import type { RocketmqBroker } from "../rocketmq-broker.js";
import type { RocketmqTopicQueues } from "../rocketmq-topic-route-metadata.js";
import { parseLenientJson } from "./bare-keys.js";
import { list, optionalText, type RejectBroker, readBrokerData, record, text } from "./broker-data.js";
import { malformed } from "./remoting-header.js";

/** Where one nameserver sees a topic. */
export interface TopicRoute {
  /** By address, each once. */
  readonly brokers: readonly RocketmqBroker[];
  /** By name of the brokers. */
  readonly queues: ReadonlyMap<string, RocketmqTopicQueues>;
  /** The brokers that keep the topic in order. */
  readonly orderTopicConf: string | undefined;
}

/** `PermName.java`. */
const READ = 4;
const WRITE = 2;

/**
 * An answer to 105 (`TopicRouteData.java`). It may list no broker at all: a route of brokers in other zones, or of those that are only registered halfway.
 *
 * @throws DiscoveryError `MALFORMED_RESPONSE`.
 */
export function readTopicRoute(body: Uint8Array, reject: RejectBroker): TopicRoute {
  const { brokerDatas, queueDatas, orderTopicConf } = record(parseLenientJson(body), "the body");
  const queues = new Map<string, RocketmqTopicQueues>();
  for (const entry of list(queueDatas, "the queues")) {
    const read = readQueues(record(entry, "an entry of the queues"));
    if (!queues.has(read.broker)) queues.set(read.broker, read);
  }
  return {
    brokers: readBrokerData(list(brokerDatas, "the brokers"), reject),
    queues,
    orderTopicConf: optionalText(orderTopicConf, "the order") || undefined,
  };
}

function readQueues(data: Readonly<Record<string, unknown>>): RocketmqTopicQueues {
  const perm = count(data["perm"], "a permission");
  return {
    broker: text(data["brokerName"], "a broker's name"),
    readable: (perm & READ) !== 0,
    writable: (perm & WRITE) !== 0,
    readQueues: count(data["readQueueNums"], "a number of queues"),
    writeQueues: count(data["writeQueueNums"], "a number of queues"),
  };
}

/** As wide as Java's `int`, and never less than nothing. */
function count(value: unknown, what: string): number {
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 31) return value as number;
  throw malformed(`${what} is no integer from 0`);
}
