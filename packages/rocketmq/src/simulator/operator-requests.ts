import { REQUEST } from "../protocol/request-codes.js";
import type { RocketmqClientOptions } from "../rocketmq-options.js";
import type { RemotingAnswer, RemotingRequest } from "../rocketmq-transport.js";
import { remotingCall, succeeded } from "./remoting-call.js";

/** Creates a topic on a broker, as `mqadmin updateTopic` does. Rejects with what the broker says against it. */
export async function createTopicAt(
  broker: string,
  { topic, queues, client }: { readonly topic: string; readonly queues: number; readonly client: RocketmqClientOptions },
): Promise<void> {
  const fields = {
    topic,
    defaultTopic: "TBW102",
    readQueueNums: `${queues}`,
    writeQueueNums: `${queues}`,
    perm: "6",
    topicFilterType: "SINGLE_TAG",
    topicSysFlag: "0",
    order: "false",
  };
  await operate(broker, { code: REQUEST.UPDATE_AND_CREATE_TOPIC, fields }, client);
}

/** Takes the write permission from every topic of the brokers of a name, at one nameserver, or gives it back. How many topics that were. */
export async function setWritableAt(
  nameserver: string,
  { brokerName, writable, client }: { readonly brokerName: string; readonly writable: boolean; readonly client: RocketmqClientOptions },
): Promise<number> {
  const code = writable ? REQUEST.ADD_WRITE_PERM_OF_BROKER : REQUEST.WIPE_WRITE_PERM_OF_BROKER;
  const { fields } = await operate(nameserver, { code, fields: { brokerName } }, client);
  return Number(fields[writable ? "addTopicCount" : "wipeTopicCount"]);
}

async function operate(address: string, request: RemotingRequest, client: RocketmqClientOptions): Promise<RemotingAnswer> {
  const answer = await remotingCall(address, request, client);
  succeeded(answer, `request ${request.code} to ${address}`);
  return answer;
}
