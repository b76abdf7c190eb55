import type { RocketmqClientOptions } from "@rollcall/rocketmq";
import { remotingCall } from "@rollcall/rocketmq/simulator";

const PULL_MESSAGE = 11;
const NOT_FOUND = 19;
/** As producers here write them. */
const MESSAGES = /[a-z]+-\d+\/\d{6}/g;
/** `PullSysFlag.FLAG_SUBSCRIPTION`: the request says what it wants, so that nobody needs to have subscribed. */
const WITH_SUBSCRIPTION = "4";

/** Reads the queues of a topic on a real broker from the first message to the last (`PullMessageProcessor.java`). Rejects where the broker refuses. */
export async function pullMessages(
  address: string,
  { topic, queues }: { readonly topic: string; readonly queues: number },
  client: RocketmqClientOptions,
): Promise<readonly string[]> {
  const read = Array.from({ length: queues }, (_, queue) => pullQueue(address, { ...request(topic), queueId: `${queue}` }, client));
  return (await Promise.all(read)).flat();
}

async function pullQueue(
  address: string,
  queue: Readonly<Record<string, string>>,
  client: RocketmqClientOptions,
): Promise<readonly string[]> {
  const messages: string[] = [];
  for (let queueOffset: string | undefined = "0"; queueOffset !== undefined; ) {
    const { code, remark, fields, body } = await remotingCall(address, { code: PULL_MESSAGE, fields: { ...queue, queueOffset } }, client);
    if (code === NOT_FOUND) return messages;
    if (code !== 0) throw new Error(`${address} does not let itself be read: ${code}, ${remark}`);
    // Messages stand in the answer as they were sent, with more around them (`MessageDecoder.java`).
    messages.push(...(Buffer.from(body).toString("latin1").match(MESSAGES) ?? []));
    queueOffset = fields["nextBeginOffset"];
  }
  return messages;
}

function request(topic: string): Readonly<Record<string, string>> {
  return {
    consumerGroup: "audience",
    topic,
    maxMsgNums: "32",
    sysFlag: WITH_SUBSCRIPTION,
    commitOffset: "0",
    suspendTimeoutMillis: "0",
    subscription: "*",
    subVersion: "0",
    expressionType: "TAG",
  };
}
