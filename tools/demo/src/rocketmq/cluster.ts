import {
  type RocketmqSimulatorOptions,
  type RocketmqTestBroker,
  type RocketmqTestCluster,
  type RocketmqTestNameserver,
  startRocketmqSimulator,
} from "@rollcall/rocketmq/simulator";
import { findRocketmq, provisionRocketmq, startRealRocketmq } from "@rollcall/testbed";
import { pullMessages } from "./pulled-messages.js";

/** Where everybody writes. */
export const TOPIC = "orders";

const QUEUES = 4;
const NAMESERVERS = 3;
const BROKERS = 2;

/** A cluster whose brokers can be read back. */
export interface ReadableRocketmq extends AsyncDisposable {
  readonly cluster: Omit<RocketmqTestCluster, typeof Symbol.asyncDispose>;
  /** The nameservers that are to come: brokers know them already, as they would by a list of names, but they have not started, and no list has them. */
  readonly successors: readonly RocketmqTestNameserver[];
  /** The messages of the topic that a broker has. */
  read(broker: RocketmqTestBroker): Promise<readonly string[]>;
}

/**
 * Starts the cluster that the story is about, of three nameservers and two brokers: RocketMQ itself if `real`, else the simulator. `print` takes a line
 * before whatever takes long. Rejects with the reason in one line when RocketMQ cannot be had or does not start.
 */
export async function startRocketmq(real: boolean, print: (line: string) => void): Promise<ReadableRocketmq> {
  if (!real) {
    print(
      "A cluster of three nameservers and two brokers, simulated in this process; --real takes RocketMQ itself. The story takes about 20 s.",
    );
    return simulateRocketmq({});
  }
  if ((await findRocketmq()) === undefined) print("Fetching RocketMQ with Maven, this once: about half a minute.");
  const rocketmq = await provisionRocketmq();
  print(`Starting RocketMQ ${rocketmq.version}, three nameservers and two brokers, a process each. The story takes about a minute.`);
  const cluster = await startRealRocketmq({ ...rocketmq, nameservers: NAMESERVERS, brokers: 0 });
  return readable(cluster, ({ address }) => pullMessages(address, { topic: TOPIC, queues: QUEUES }, cluster.client));
}

/** The simulator, with brokers that can be read back. */
export async function simulateRocketmq(options: RocketmqSimulatorOptions): Promise<ReadableRocketmq> {
  const cluster = await startRocketmqSimulator({ ...options, brokers: 0 });
  return readable(cluster, async ({ name }) => {
    const messages = cluster.messages(TOPIC).filter(({ broker }) => broker === name);
    return messages.map(({ body }) => body);
  });
}

async function readable(cluster: RocketmqTestCluster, read: ReadableRocketmq["read"]): Promise<ReadableRocketmq> {
  const end = () => cluster[Symbol.asyncDispose]();
  try {
    const originals = cluster.nameservers;
    const successors = await Promise.all(originals.map(() => cluster.addNameserver({ up: false })));
    await Promise.all(Array.from({ length: BROKERS }, () => cluster.addBroker()));
    await cluster.createTopic(TOPIC, { queues: QUEUES });
    return { cluster, successors, read, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}
