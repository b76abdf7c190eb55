import type { Clock } from "@rollcall/core";
import type { SimulatedClient } from "@rollcall/core/provider";
import type { RemotingCommand } from "../protocol/remoting-frame.js";
import { REQUEST, RESPONSE } from "../protocol/request-codes.js";
import type { RemotingAnswer } from "../rocketmq-transport.js";
import { type Registration, readRegistration } from "./registration.js";
import type { RouteTables, TopicRoute } from "./route-tables.js";
import { clusterInfoText, memberGroupText, topicRouteText } from "./route-text.js";
import type { Service } from "./server-process.js";

/** `MQVersion.V4_9_4`: from then on clients are taken to read standard JSON (apache/rocketmq #4473). */
const STANDARD_JSON_VERSION = 401;

/** What a nameserver remembers and goes by. */
export interface NameserverState {
  readonly tables: RouteTables<SimulatedClient>;
  readonly clock: Clock;
  /** When it is ready, on the clock. */
  readonly readyAt: number;
}

/** What a nameserver answers (`DefaultRequestProcessor.java`, `ClientRequestProcessor.java`). `state` is read at every request. */
export function nameserverService(state: () => NameserverState): Service {
  return {
    answer: (request, client) => {
      const now = state();
      for (const expired of now.tables.expire(now.clock.now())) expired.end();
      return answer(request, client, now);
    },
    gone: (client) => state().tables.lost(client),
  };
}

function answer(request: RemotingCommand, client: SimulatedClient, { tables, clock, readyAt }: NameserverState): Partial<RemotingAnswer> {
  const { code, fields } = request;
  switch (code) {
    case REQUEST.REGISTER_BROKER:
      return registered(request, (registration) => tables.register(registration, client, clock.now()));
    case REQUEST.UNREGISTER_BROKER:
      tables.unregister(fields["brokerName"] ?? "", fields["brokerAddr"] ?? "");
      return {};
    case REQUEST.BROKER_HEARTBEAT:
      tables.heard(fields["brokerAddr"] ?? "", clock.now());
      return {};
    case REQUEST.GET_ROUTEINFO_BY_TOPIC:
      return clock.now() < readyAt ? systemError("name server not ready") : route(request, tables);
    case REQUEST.GET_BROKER_CLUSTER_INFO:
      return { body: Buffer.from(clusterInfoText([...tables.groups])) };
    case REQUEST.GET_BROKER_MEMBER_GROUP:
      return memberGroup(request, tables);
    case REQUEST.GET_ALL_TOPIC_LIST_FROM_NAMESERVER:
      return { body: Buffer.from(JSON.stringify({ topicList: [...tables.topics] })) };
    case REQUEST.WIPE_WRITE_PERM_OF_BROKER:
      return { fields: { wipeTopicCount: `${tables.setWritable(fields["brokerName"] ?? "", false)}` } };
    case REQUEST.ADD_WRITE_PERM_OF_BROKER:
      return { fields: { addTopicCount: `${tables.setWritable(fields["brokerName"] ?? "", true)}` } };
    default:
      return notSupported(code);
  }
}

/** What every server says to a request that it does not know. */
export function notSupported(code: number): Partial<RemotingAnswer> {
  return { code: RESPONSE.REQUEST_CODE_NOT_SUPPORTED, remark: ` request type ${code} not supported` };
}

/** What a server says that cannot do what is asked. */
export function systemError(remark: string): Partial<RemotingAnswer> {
  return { code: RESPONSE.SYSTEM_ERROR, remark };
}

function registered(request: RemotingCommand, register: (registration: Registration) => boolean): Partial<RemotingAnswer> {
  try {
    return register(readRegistration(request)) ? { body: Buffer.from('{"table":{}}') } : systemError("register broker failed");
  } catch (error) {
    return systemError(`this is no registration: ${(error as Error).message}`);
  }
}

function memberGroup({ fields }: RemotingCommand, tables: RouteTables<SimulatedClient>): Partial<RemotingAnswer> {
  const { brokerName = "", clusterName = "" } = fields;
  return { body: Buffer.from(memberGroupText(brokerName, clusterName, tables.group(brokerName)?.addresses ?? new Map())) };
}

function route({ fields, version }: RemotingCommand, tables: RouteTables<SimulatedClient>): Partial<RemotingAnswer> {
  const { topic = "", acceptStandardJsonOnly, __ZONE_MODE, __ZONE_NAME } = fields;
  const found = tables.route(topic);
  if (found === undefined) {
    return { code: RESPONSE.TOPIC_NOT_EXIST, remark: `No topic route info in name server for the topic: ${topic}` };
  }
  // Who filters by zone writes the answer anew, and not as standard JSON (`ZoneRouteRPCHook.java`).
  if (__ZONE_MODE === "true" && __ZONE_NAME) return { body: Buffer.from(topicRouteText(inZone(found, __ZONE_NAME), "bare")) };
  const standard = version >= STANDARD_JSON_VERSION || acceptStandardJsonOnly === "true";
  return { body: Buffer.from(topicRouteText(found, standard ? "quoted" : "bare")) };
}

/** Brokers of the zone, and those without a master wherever they are. */
function inZone({ groups, queues }: TopicRoute, zone: string): TopicRoute {
  const kept = groups.filter((group) => !group.addresses.has(0) || group.zone?.toLowerCase() === zone.toLowerCase());
  const left = new Set(groups.filter((group) => !kept.includes(group)).map(({ name }) => name));
  return { groups: kept, queues: new Map([...queues].filter(([name]) => !left.has(name))) };
}
