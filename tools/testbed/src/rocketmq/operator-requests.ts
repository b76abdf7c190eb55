import type { RocketmqClientOptions } from "@rollcall/rocketmq";
import { type RemotingAnswer, type RemotingRequest, remotingCall } from "@rollcall/rocketmq/simulator";
import type { RocketmqServer } from "./rocketmq-server.js";

/** How long a question may take that is asked again if it fails. */
const ATTEMPT_MS = 1_000;

/** What one nameserver says of a topic on the brokers of one name. */
export interface ListedQueues {
  readonly brokerName: string;
  readonly readQueueNums: number;
  readonly writeQueueNums: number;
}

/** What an operator asks of servers; the numbers are those of `RequestCode.java`. Rejects where a server refuses. */
export class OperatorRequests {
  readonly #client: RocketmqClientOptions;

  /** @param client How servers let clients in. */
  constructor(client: RocketmqClientOptions) {
    this.#client = client;
  }

  /** Resolves if it serves: a nameserver that lists brokers, if there are any, a broker that tells how it runs. */
  async serves({ address, kind }: RocketmqServer): Promise<void> {
    await this.#attempt(address, { code: kind === "nameserver" ? 106 : 28 });
  }

  /** Those of these brokers that a nameserver lists. */
  async listed(nameserver: RocketmqServer, brokers: readonly RocketmqServer[]): Promise<readonly RocketmqServer[]> {
    const { body } = await this.#attempt(nameserver.address, { code: 106 });
    // No JSON: its integer keys are bare. Nothing else in it looks like an address.
    return brokers.filter(({ address }) => Buffer.from(body).includes(`"${address}"`));
  }

  /**
   * Makes a broker register with its nameservers at once. Its first registration leaves out those to which it is not yet connected, and the next one is ten seconds
   * away (`NettyRemotingClient.getAvailableNameSrvList`); whoever sets its permission, even to what it was, causes one between (`AdminBrokerProcessor.updateBrokerConfig`).
   */
  async registerNow({ address }: RocketmqServer): Promise<void> {
    await this.#attempt(address, { code: 25, body: Buffer.from("brokerPermission=6") });
  }

  /** Creates a topic on one broker, or gives it another number of queues. */
  async createTopic({ address }: RocketmqServer, topic: string, queues: number): Promise<void> {
    const fields = {
      topic,
      defaultTopic: "TBW102",
      readQueueNums: String(queues),
      writeQueueNums: String(queues),
      perm: "6",
      topicFilterType: "SINGLE_TAG",
      topicSysFlag: "0",
      order: "false",
    };
    await this.#ask(address, { code: 17, fields });
  }

  /** What a nameserver says of a topic that it knows. */
  async queues({ address }: RocketmqServer, topic: string): Promise<readonly ListedQueues[]> {
    const { body } = await this.#attempt(address, { code: 105, fields: { topic, acceptStandardJsonOnly: "true" } });
    return (JSON.parse(String(Buffer.from(body))) as { queueDatas: readonly ListedQueues[] }).queueDatas;
  }

  /** Lets a nameserver say that nobody may write to a broker, or that one may again; resolves with the number of its topics there. */
  async setWritable({ address }: RocketmqServer, brokerName: string, writable: boolean): Promise<number> {
    const { fields } = await this.#ask(address, { code: writable ? 327 : 205, fields: { brokerName } });
    return Number(fields[writable ? "addTopicCount" : "wipeTopicCount"]);
  }

  #attempt(address: string, request: RemotingRequest): Promise<RemotingAnswer> {
    return this.#ask(address, request, AbortSignal.timeout(ATTEMPT_MS));
  }

  async #ask(address: string, request: RemotingRequest, signal?: AbortSignal): Promise<RemotingAnswer> {
    const answer = await remotingCall(address, request, this.#client, { signal });
    if (answer.code !== 0) throw new Error(`${address} answers request ${request.code} with ${answer.code}: ${answer.remark}`);
    return answer;
  }
}
