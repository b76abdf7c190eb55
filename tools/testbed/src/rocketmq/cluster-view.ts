import { ServerExited, type ServerProcess } from "../server-process.js";
import { until } from "../until.js";
import type { OperatorRequests } from "./operator-requests.js";
import type { RocketmqServer } from "./rocketmq-server.js";

const WITHIN_MS = 60_000;
const PAUSE_MS = 100;

/** Waits until servers do, and nameservers say, what they should. */
export class ClusterView {
  readonly #nameservers: readonly RocketmqServer[];
  readonly #requests: OperatorRequests;

  /** @param nameservers Live: the cluster adds to it. */
  constructor(nameservers: readonly RocketmqServer[], requests: OperatorRequests) {
    this.#nameservers = nameservers;
    this.#requests = requests;
  }

  /** The nameservers that answer. */
  get usable(): readonly RocketmqServer[] {
    return this.#nameservers.filter(({ state }) => state === "running");
  }

  /** Resolves once a server answers. */
  async serves(server: RocketmqServer): Promise<void> {
    await untilServing(server.process, `${server.name} serves`, () => this.#requests.serves(server));
  }

  /** Resolves once every nameserver of its list that answers lists a broker. */
  async lists(broker: RocketmqServer): Promise<void> {
    await untilServing(broker.process, `${broker.name} is listed`, async () => {
      const asked = this.usable.filter((nameserver) => broker.nameservers.includes(nameserver));
      const listed = await Promise.all(asked.map((nameserver) => this.#requests.listed(nameserver, [broker])));
      if (listed.every((found) => found.length > 0)) return;
      await this.#requests.registerNow(broker);
      throw new Error("not by every nameserver");
    });
  }

  /** Resolves once every nameserver says that a topic has so many queues on those of these brokers that it lists. */
  async hasTopic(topic: string, queues: number, brokers: readonly RocketmqServer[]): Promise<void> {
    const says = async (nameserver: RocketmqServer) => {
      const known = await this.#requests.listed(nameserver, brokers);
      const found = known.length === 0 ? [] : await this.#requests.queues(nameserver, topic);
      const right = found.filter(({ readQueueNums, writeQueueNums }) => readQueueNums === queues && writeQueueNums === queues);
      const missing = known.find(({ name }) => !right.some(({ brokerName }) => brokerName === name));
      if (missing !== undefined) throw new Error(`${nameserver.name} does not say so of ${missing.name}`);
    };
    const attempt = async () => {
      await Promise.all(this.usable.map(says));
    };
    await until(attempt, { what: `${topic} is on ${brokers.map(({ name }) => name).join(", ")}`, pauseMs: PAUSE_MS });
  }
}

/** Tries until it succeeds, or the process is gone. */
export async function untilServing(process: ServerProcess | undefined, what: string, question: () => Promise<void>): Promise<void> {
  const attempt = async () => {
    process?.throwIfExited();
    await question();
  };
  await until(attempt, { what, timeoutMs: WITHIN_MS, pauseMs: PAUSE_MS, retry: (error) => !(error instanceof ServerExited) });
}
