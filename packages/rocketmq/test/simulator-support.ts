import { onTestFinished } from "vitest";
import { parseLenientJson } from "../src/protocol/bare-keys.js";
import { REQUEST } from "../src/protocol/request-codes.js";
import { remotingTransport } from "../src/remoting-transport.js";
import type { RocketmqClientOptions } from "../src/rocketmq-options.js";
import type { RemotingAnswer, RocketmqConnection } from "../src/rocketmq-transport.js";
import {
  type RocketmqSimulator,
  type RocketmqSimulatorOptions,
  type RocketmqTestBroker,
  type RocketmqTestNameserver,
  remotingCall,
  startRocketmqSimulator,
} from "../src/simulator/index.js";

/** Starts a simulator that ends with the test. */
export async function simulator(options: RocketmqSimulatorOptions = {}): Promise<RocketmqSimulator> {
  const cluster = await startRocketmqSimulator({ registerMs: 20, ...options });
  onTestFinished(() => cluster[Symbol.asyncDispose]());
  return cluster;
}

/** One of a list; fails the test if there is none. */
export function at<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new Error(`there is no ${index} among ${list.length}`);
  return found;
}

type Addressed = Pick<RocketmqTestNameserver | RocketmqTestBroker, "address">;

/** Asks a server over a connection of its own. */
export async function ask(
  { address }: Addressed,
  code: number,
  fields: Readonly<Record<string, string>> = {},
  client: RocketmqClientOptions = {},
): Promise<RemotingAnswer> {
  return await remotingCall(address, { code, fields }, client);
}

/** The body of an answer as text. */
export function text({ body }: RemotingAnswer): string {
  return Buffer.from(body).toString();
}

/** What a nameserver lists: `broker-a[0=127.0.0.1:10001]`, ports included. */
export async function listed(nameserver: Addressed, client: RocketmqClientOptions = {}): Promise<readonly string[]> {
  const { brokerAddrTable } = parseLenientJson((await ask(nameserver, REQUEST.GET_BROKER_CLUSTER_INFO, {}, client)).body) as {
    readonly brokerAddrTable: Readonly<Record<string, { readonly brokerAddrs: Readonly<Record<string, string>> }>>;
  };
  return Object.entries(brokerAddrTable).map(([name, { brokerAddrs }]) => {
    const addresses = Object.entries(brokerAddrs).map(([id, address]) => `${id}=${address}`);
    return `${name}[${addresses.join(",")}]`;
  });
}

/** What a nameserver says of a topic: undefined where it does not know it. */
export async function route(nameserver: Addressed, topic: string): Promise<Route | undefined> {
  const answer = await ask(nameserver, REQUEST.GET_ROUTEINFO_BY_TOPIC, { topic });
  if (answer.code === 17) return undefined;
  if (answer.code !== 0) throw new Error(`${answer.code}: ${answer.remark}`);
  return parseLenientJson(answer.body) as Route;
}

/** `TopicRouteData.java`. */
export interface Route {
  readonly brokerDatas: readonly {
    readonly brokerName: string;
    readonly brokerAddrs: Readonly<Record<string, string>>;
    readonly zoneName?: string;
    readonly enableActingMaster: boolean;
  }[];
  readonly queueDatas: readonly { readonly brokerName: string; readonly perm: number; readonly writeQueueNums: number }[];
}

/** A connection that ends with the test. */
export async function connection({ address }: Addressed, client: RocketmqClientOptions = {}): Promise<RocketmqConnection> {
  const { hostname: host, port } = new URL(`rocketmq://${address}`);
  const made = await remotingTransport(client).connect({ host, port: Number(port) }, { signal: AbortSignal.timeout(5_000) });
  onTestFinished(() => made.close());
  return made;
}
