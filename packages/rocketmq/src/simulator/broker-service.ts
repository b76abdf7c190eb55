import { isIPv4 } from "node:net";
import { hostPort } from "@rollcall/core";
import { aclSignature } from "../protocol/acl-signature.js";
import type { RemotingCommand } from "../protocol/remoting-frame.js";
import { REQUEST, RESPONSE } from "../protocol/request-codes.js";
import type { RemotingAnswer } from "../rocketmq-transport.js";
import type { MessageLog } from "./message-log.js";
import { notSupported, systemError } from "./nameserver-service.js";
import type { TopicConfig } from "./registration.js";
import { readSend } from "./send-request.js";
import type { Service } from "./server-process.js";
import type { RocketmqSimulatorSecurity } from "./simulator-options.js";

/** The topic that new ones are made after; with permission to inherit (`AUTO_CREATE_TOPIC_KEY_TOPIC`). */
export const TEMPLATE_TOPIC: TopicConfig = { topicName: "TBW102", readQueueNums: 8, writeQueueNums: 8, perm: 7 };

/** What a broker's answers are made of. */
export interface ServingBroker {
  readonly name: string;
  readonly address: string;
  readonly log: MessageLog;
  readonly acl: RocketmqSimulatorSecurity["acl"];
  topic(name: string): TopicConfig | undefined;
  /** Resolves once its nameservers have been told. */
  putTopic(topic: TopicConfig): Promise<void>;
  /** A number in [0, 1). */
  random(): number;
}

/** What a broker answers: what producers ask, and operators (`SendMessageProcessor.java`, `AdminBrokerProcessor.java`, `ClientManageProcessor.java`). */
export function brokerService(broker: ServingBroker): Service {
  return { answer: (request) => refusal(request, broker.acl) ?? answer(request, broker) };
}

/** What ACL says of a request, whether or not the broker knows it; undefined: welcome. */
function refusal({ fields, body }: RemotingCommand, acl: ServingBroker["acl"]): Partial<RemotingAnswer> | undefined {
  if (acl === undefined) return undefined;
  const { AccessKey = "", Signature } = fields;
  if (AccessKey === "") return forbidden("username cannot be null.");
  if (AccessKey !== acl.accessKey) return forbidden(`User:${AccessKey} is not found.`);
  return Signature === aclSignature(acl.secretKey, fields, body) ? undefined : forbidden("check signature failed.");
}

async function answer(request: RemotingCommand, broker: ServingBroker): Promise<Partial<RemotingAnswer>> {
  switch (request.code) {
    case REQUEST.HEART_BEAT:
    case REQUEST.UNREGISTER_CLIENT:
      return {};
    case REQUEST.GET_BROKER_RUNTIME_INFO:
      return { body: Buffer.from(JSON.stringify({ table: { brokerVersionDesc: "V5_5_0", msgPutTotalTodayNow: `${broker.log.size}` } })) };
    case REQUEST.UPDATE_AND_CREATE_TOPIC:
      return await createTopic(request, broker);
    case REQUEST.SEND_MESSAGE:
    case REQUEST.SEND_MESSAGE_V2:
    case REQUEST.SEND_BATCH_MESSAGE:
      return await store(request, broker);
    default:
      return notSupported(request.code);
  }
}

async function createTopic({ fields }: RemotingCommand, broker: ServingBroker): Promise<Partial<RemotingAnswer>> {
  const { topic = "" } = fields;
  if (!/^[%|\w-]{1,127}$/.test(topic)) return systemError(`"${topic}" is no name for a topic`);
  const numbers = [fields["readQueueNums"], fields["writeQueueNums"], fields["perm"]].map(Number);
  const [readQueueNums = 0, writeQueueNums = 0, perm = 0] = numbers;
  // With anything else nameservers would refuse the broker from now on.
  if (numbers.some((number) => !Number.isSafeInteger(number) || number < 0))
    return systemError(`${numbers} are no numbers of queues and permission`);
  await broker.putTopic({ topicName: topic, readQueueNums, writeQueueNums, perm });
  return {};
}

async function store(request: RemotingCommand, broker: ServingBroker): Promise<Partial<RemotingAnswer>> {
  const { topic, defaultTopic, defaultQueues, queue, bodies } = readSend(request);
  const config = broker.topic(topic) ?? (await autoCreated(topic, defaultTopic, defaultQueues, broker));
  if (config === undefined) return { code: RESPONSE.TOPIC_NOT_EXIST, remark: `topic[${topic}] not exist, apply first please!` };
  if ((config.perm & 2) === 0) return forbidden(`the topic[${topic}] sending message is forbidden`);
  const queues = config.writeQueueNums;
  const queueId = queue < 0 ? Math.floor(broker.random() * queues) : queue;
  if (!(queueId < queues)) return systemError(`request queueId[${queueId}] is illegal, ${topic} has ${queues}`);
  const msgId = messageId(broker.address, broker.log.size);
  const queueOffset = broker.log.append(topic, broker.name, queueId, bodies);
  const fields = { msgId, queueId: `${queueId}`, queueOffset: `${queueOffset}`, MSG_REGION: "DefaultRegion", TRACE_ON: "true" };
  return { fields };
}

/** As brokers do it with `autoCreateTopicEnable`. */
async function autoCreated(topic: string, template: string, queues: number, broker: ServingBroker): Promise<TopicConfig | undefined> {
  if (template !== TEMPLATE_TOPIC.topicName) return undefined;
  const count = Math.max(1, Math.min(queues || 1, TEMPLATE_TOPIC.writeQueueNums));
  const config = { topicName: topic, readQueueNums: count, writeQueueNums: count, perm: 6 };
  await broker.putTopic(config);
  return config;
}

/** Where a message is: address, port and place in the log, in hex (`MessageDecoder.createMessageId`). */
function messageId(address: string, place: number): string {
  const { host = "", port = 0 } = hostPort.parse(address) ?? {};
  const bytes = Buffer.alloc(16);
  bytes.set(isIPv4(host) ? host.split(".").map(Number) : [127, 0, 0, 1]);
  bytes.writeInt32BE(port, 4);
  bytes.writeBigInt64BE(BigInt(place), 8);
  return bytes.toString("hex").toUpperCase();
}

function forbidden(remark: string): Partial<RemotingAnswer> {
  return { code: RESPONSE.NO_PERMISSION, remark };
}
