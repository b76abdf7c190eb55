import { once } from "node:events";
import { connect } from "node:net";
import { hostPort } from "@rollcall/core";
import type { RocketmqClientOptions } from "@rollcall/rocketmq";
import { type RemotingAnswer, remotingCall } from "@rollcall/rocketmq/simulator";

/** A nameserver or a broker. */
export interface Server {
  readonly address: string;
}

/** What a server answers to one request; rejects after two seconds of silence. */
export function asked(server: Server, code: number, client?: RocketmqClientOptions, fields = {}): Promise<RemotingAnswer> {
  return remotingCall(server.address, { code, fields }, client, { signal: AbortSignal.timeout(2_000) });
}

/** The addresses of the brokers that a nameserver lists, sorted. */
export async function listed(by: Server, client?: RocketmqClientOptions): Promise<string[]> {
  const { body } = await asked(by, 106, client);
  return [...String(Buffer.from(body)).matchAll(/"(\d+\.\d+\.\d+\.\d+:\d+)"/g)].map(([, address]) => String(address)).sort();
}

/** What a nameserver says of a topic: `broker-a 4/4 6` is four queues to read, four to write, and the permission; `17` if it knows none. */
export async function route(by: Server, topic: string): Promise<string[]> {
  const { code, body } = await asked(by, 105, undefined, { topic, acceptStandardJsonOnly: "true" });
  if (code !== 0) return [String(code)];
  const { queueDatas } = JSON.parse(String(Buffer.from(body))) as { queueDatas: Record<string, unknown>[] };
  return queueDatas
    .map((queues) => `${queues["brokerName"]} ${queues["readQueueNums"]}/${queues["writeQueueNums"]} ${queues["perm"]}`)
    .sort();
}

/** Whether nobody listens there. */
export async function refuses({ address }: Server): Promise<boolean> {
  const { host, port } = hostPort.parse(address) ?? { host: "", port: 0 };
  const socket = connect(port, host);
  const refused = await once(socket, "connect").then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === "ECONNREFUSED",
  );
  socket.destroy();
  return refused;
}
