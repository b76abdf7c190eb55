import { once } from "node:events";
import { connect } from "node:net";
import type { KafkaTestBroker, KafkaTestCluster } from "@rollcall/kafka/simulator";
import { describeCluster } from "../../src/kafka/operator-requests.js";

/** One of a list, from the end if negative; throws when it is not there. */
export function at<T>(list: readonly T[], index: number): T {
  const item = list.at(index);
  if (item === undefined) throw new Error(`nothing at ${index}`);
  return item;
}

function portOf({ address }: KafkaTestBroker): number {
  return Number(address.split(":")[1]);
}

/** What a plaintext client is told by one broker: `2@20001`, `3@20002 fenced`. */
export async function told(by: KafkaTestBroker): Promise<string[]> {
  const { listed } = await describeCluster(portOf(by), "brokers");
  return [...listed].map(([id, { port, fenced }]) => `${id}@${port}${fenced ? " fenced" : ""}`).sort();
}

/** The same as it should be: with all brokers of the cluster, these of them fenced. */
export function listOf(cluster: KafkaTestCluster, ...fenced: readonly KafkaTestBroker[]): string[] {
  return cluster.brokers.map((broker) => `${broker.id}@${portOf(broker)}${fenced.includes(broker) ? " fenced" : ""}`).sort();
}

/** Whether nobody listens at a broker's address. */
export async function refuses(broker: KafkaTestBroker): Promise<boolean> {
  const socket = connect(portOf(broker), "127.0.0.1");
  const refused = await once(socket, "connect").then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === "ECONNREFUSED",
  );
  socket.destroy();
  return refused;
}
