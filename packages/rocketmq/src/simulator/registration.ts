import * as z from "zod";
import { parseLenientJson } from "../protocol/bare-keys.js";
import { REQUEST } from "../protocol/request-codes.js";
import type { RemotingRequest } from "../rocketmq-transport.js";

/** A topic of one broker (`TopicConfig.java`). */
export interface TopicConfig {
  readonly topicName: string;
  readonly readQueueNums: number;
  readonly writeQueueNums: number;
  /** 4 read, 2 write, 1 inherit. */
  readonly perm: number;
}

/** Which state of its topics a broker speaks of: a nameserver looks at them only if it differs from what it had (`DataVersion.java`). */
export interface DataVersion {
  readonly counter: number;
  readonly timestamp: number;
  /** Of two processes that claim the same name and id, the one with the lower is refused. */
  readonly stateVersion: number;
}

/** What a broker says of itself to a nameserver. */
export interface Registration {
  readonly cluster: string;
  readonly name: string;
  readonly id: number;
  readonly address: string;
  readonly zone: string | undefined;
  /** Undefined: a broker from before RocketMQ 5. */
  readonly enableActingMaster: boolean | undefined;
  /** Undefined: the nameserver's own. */
  readonly heartbeatTimeoutMs: number | undefined;
  readonly version: DataVersion;
  readonly topics: readonly TopicConfig[];
}

const count = z.int().min(0);
const topicConfig = z.object({ topicName: z.string(), readQueueNums: count, writeQueueNums: count, perm: count });
const bodySchema = z.object({
  topicConfigSerializeWrapper: z.object({
    topicConfigTable: z.record(z.string(), topicConfig),
    dataVersion: z.object({ counter: count, timestamp: count, stateVersion: count.default(0) }),
  }),
});
const fieldsSchema = z.object({
  clusterName: z.string().min(1),
  brokerName: z.string().min(1),
  brokerAddr: z.string().min(1),
  brokerId: z.coerce.number().pipe(count),
  compressed: z.literal("false").default("false"),
  enableActingMaster: z.stringbool().optional(),
  heartbeatTimeoutMillis: z.coerce.number().pipe(count).optional(),
  __ZONE_NAME: z.string().optional(),
});

/** The request that registers a broker (103; `RegisterBrokerRequestHeader.java`, `RegisterBrokerBody.java`). */
export function registerRequest(registration: Registration): RemotingRequest {
  const { zone, enableActingMaster, heartbeatTimeoutMs, version, topics } = registration;
  const fields = {
    ...brokerFields(registration),
    haServerAddr: registration.address,
    compressed: "false",
    bodyCrc32: "0", // is not checked
    ...(enableActingMaster !== undefined && { enableActingMaster: `${enableActingMaster}` }),
    ...(heartbeatTimeoutMs !== undefined && { heartbeatTimeoutMillis: `${heartbeatTimeoutMs}` }),
    ...(zone !== undefined && { __ZONE_NAME: zone }),
  };
  const common = { topicFilterType: "SINGLE_TAG", topicSysFlag: 0, order: false };
  const topicConfigTable = Object.fromEntries(topics.map((topic) => [topic.topicName, { ...topic, ...common }]));
  const body = { topicConfigSerializeWrapper: { topicConfigTable, dataVersion: version }, filterServerList: [] };
  return { code: REQUEST.REGISTER_BROKER, fields, body: Buffer.from(JSON.stringify(body)) };
}

/** The request that takes the registration back (104; `UnRegisterBrokerRequestHeader.java`). */
export function unregisterRequest(registration: Registration): RemotingRequest {
  return { code: REQUEST.UNREGISTER_BROKER, fields: brokerFields(registration) };
}

/** What a {@link registerRequest} says. Throws whatever is wrong with it. */
export function readRegistration({ fields, body }: Pick<RemotingRequest, "fields" | "body">): Registration {
  const header = fieldsSchema.parse(fields);
  const { topicConfigTable, dataVersion } = bodySchema.parse(parseLenientJson(body ?? "")).topicConfigSerializeWrapper;
  return {
    cluster: header.clusterName,
    name: header.brokerName,
    id: header.brokerId,
    address: header.brokerAddr,
    zone: header.__ZONE_NAME,
    enableActingMaster: header.enableActingMaster,
    heartbeatTimeoutMs: header.heartbeatTimeoutMillis,
    version: dataVersion,
    topics: Object.values(topicConfigTable),
  };
}

function brokerFields({ cluster, name, address, id }: Registration): Record<string, string> {
  return { clusterName: cluster, brokerName: name, brokerAddr: address, brokerId: `${id}` };
}
