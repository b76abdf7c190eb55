import { type Endpoint, hostPort } from "@rollcall/core";
import * as z from "zod";
import type { RocketmqBroker, RocketmqDivergence } from "./rocketmq-broker.js";
import { roleOf, sameBroker, sameDivergence, sameList, storedBroker, storedDivergence } from "./rocketmq-brokers-metadata.js";
import { rocketmqRefusal } from "./rocketmq-refusal.js";

/** What nameservers say of some topics. Plain JSON data. */
export interface RocketmqTopicRoutes {
  /** Tells a feed of routes from others. */
  readonly kind: "routes";
  /** In the order of the option `topics`. */
  readonly topics: readonly RocketmqTopicRoute[];
  /** Which nameserver that was asked lacks which `topic broker`; those that agree are not named. */
  readonly divergence: readonly RocketmqDivergence[];
}

/** Where one topic lives. */
export interface RocketmqTopicRoute {
  /** Its name. */
  readonly topic: string;
  /**
   * Why there is nobody: no nameserver knows it (`TOPIC_NOT_EXIST`), or none that does names a broker (`EMPTY_METADATA`), or what went wrong (`MALFORMED_RESPONSE`, or RocketMQ's name of
   * a refusal, such as `NO_PERMISSION`). Beside brokers: what went wrong this time everywhere, so that they are those of before. Absent: all is well.
   */
  readonly error?: string | undefined;
  /** By address. */
  readonly brokers: readonly RocketmqBroker[];
  /** One entry per broker name, by that name. */
  readonly queues: readonly RocketmqTopicQueues[];
  /** The brokers that keep the topic in order, as configured in RocketMQ's namespace `ORDER_TOPIC_CONFIG`, if they are. */
  readonly orderTopicConf?: string | undefined;
}

/** The queues of one topic on the brokers of one name. */
export interface RocketmqTopicQueues {
  /** Name of the brokers. */
  readonly broker: string;
  /** Whether consumers may read. */
  readonly readable: boolean;
  /** Whether producers may write. */
  readonly writable: boolean;
  /** How many queues are read. */
  readonly readQueues: number;
  /** How many queues are written. */
  readonly writeQueues: number;
}

const queueCount = z.int().min(0);

const storedTopic: z.ZodType<RocketmqTopicRoute> = z.object({
  topic: z.string(),
  error: z.string().optional(),
  brokers: z.array(storedBroker),
  queues: z.array(
    z.object({ broker: z.string(), readable: z.boolean(), writable: z.boolean(), readQueues: queueCount, writeQueues: queueCount }),
  ),
  orderTopicConf: z.string().optional(),
});

const storedRoutes = z.object({ kind: z.literal("routes"), topics: z.array(storedTopic), divergence: storedDivergence });

/**
 * Turns a stored answer, parsed from JSON, back into what was stored.
 *
 * @param names - the topics that it must tell of, in this order
 * @throws DiscoveryError `MALFORMED_RESPONSE`, saying what does not fit; `EMPTY_METADATA` for routes to nobody.
 */
export function readStoredRoutes(stored: unknown, names: readonly string[]): RocketmqTopicRoutes {
  const { data, error } = storedRoutes.safeParse(stored);
  if (data === undefined) throw rocketmqRefusal("MALFORMED_RESPONSE", `what was stored are no routes: ${z.prettifyError(error)}`);
  if (data.topics.length !== names.length || data.topics.some(({ topic }, index) => topic !== names[index])) {
    throw rocketmqRefusal("MALFORMED_RESPONSE", "what was stored are the routes of other topics");
  }
  return requireRoutes(data);
}

/** How many topics an error names. */
const NAMED = 5;

/** @throws DiscoveryError `EMPTY_METADATA` naming topics and reasons if there is no broker anywhere. */
export function requireRoutes(routes: RocketmqTopicRoutes): RocketmqTopicRoutes {
  const { topics } = routes;
  if (topics.some(({ brokers }) => brokers.length > 0)) return routes;
  const said = topics.slice(0, NAMED).map(({ topic, error = "no broker" }) => `${topic}: ${error}`);
  const more = topics.length > NAMED ? ` and ${topics.length - NAMED} more` : "";
  throw rocketmqRefusal("EMPTY_METADATA", `no topic has a broker (${said.join(", ")}${more})`);
}

/** What all topics together say of one broker. */
interface Routed {
  broker: RocketmqBroker;
  readable: boolean;
  writable: boolean;
}

/** Every broker of any topic; its address is its id. It is writable if any topic may be written there: on its master (id 0), with the permission to write. */
export function routeEndpoints({ topics }: RocketmqTopicRoutes): readonly Endpoint[] {
  const all = new Map<string, Routed>();
  for (const { brokers, queues } of topics) {
    const byName = new Map(queues.map((each) => [each.broker, each]));
    for (const broker of brokers) {
      const { readable = false, writable = false } = byName.get(broker.name) ?? {};
      const routed = all.get(broker.address) ?? { broker, readable, writable: false };
      if (broker.id < routed.broker.id) routed.broker = broker;
      routed.readable ||= readable;
      routed.writable ||= writable && broker.id === 0;
      all.set(broker.address, routed);
    }
  }
  return [...all.values()].flatMap(routedEndpoint);
}

function routedEndpoint({ broker, readable, writable }: Routed): readonly Endpoint[] {
  const { address: id, name, cluster, id: brokerId, zone } = broker;
  const address = hostPort.parse(id);
  if (address === undefined) return [];
  const { host, port } = address;
  const role = roleOf(brokerId);
  return [
    zone === undefined
      ? { id, host, port, attributes: { kind: "broker", cluster, name, brokerId, role, readable, writable } }
      : { id, host, port, attributes: { kind: "broker", cluster, name, brokerId, role, zone, readable, writable } },
  ];
}

/** Whether two answers say the same, divergence included. */
export function sameRoutes(before: RocketmqTopicRoutes, after: RocketmqTopicRoutes): boolean {
  return sameList(before.topics, after.topics, sameRoute) && sameDivergence(before.divergence, after.divergence);
}

function sameRoute(a: RocketmqTopicRoute, b: RocketmqTopicRoute): boolean {
  return (
    a.topic === b.topic &&
    a.error === b.error &&
    a.orderTopicConf === b.orderTopicConf &&
    sameList(a.brokers, b.brokers, sameBroker) &&
    sameList(a.queues, b.queues, sameQueues)
  );
}

function sameQueues(a: RocketmqTopicQueues, b: RocketmqTopicQueues): boolean {
  return (
    a.broker === b.broker &&
    a.readable === b.readable &&
    a.writable === b.writable &&
    a.readQueues === b.readQueues &&
    a.writeQueues === b.writeQueues
  );
}
