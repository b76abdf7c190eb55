import { type RocketmqTestBroker, type RocketmqTestCluster, type RocketmqTestNameserver, remotingCall } from "@rollcall/rocketmq/simulator";
import { until } from "../until.js";

/** Where the load goes. */
export const TOPIC = "orders";

/** What happens to a cluster while clients send, once it has been prepared for it. */
export interface Replacement {
  /** Other nameservers come into the list; resolves once all there is to replace them has been done. Calls back when the list has changed. */
  replace(listChanged: () => void): Promise<void>;
  /** The old brokers die. */
  killBrokers(): Promise<void>;
}

/** A replacement, told in a few words. */
export interface Scenario {
  readonly name: string;
  /** How many nameservers there are to begin with; brokers: none. */
  readonly nameservers: number;
  /** Makes what must be there before clients come. */
  readonly prepare: (cluster: RocketmqTestCluster) => Promise<Replacement>;
}

/** `GET_BROKER_CLUSTER_INFO` of RequestCode.java. */
const GET_BROKER_CLUSTER_INFO = 106;
const REGISTERED_WITHIN_MS = 60_000;

/** In the order in which they are played. */
export const SCENARIOS: readonly Scenario[] = [
  { name: "A: everything replaced", nameservers: 3, prepare: replaceEverything },
  { name: "B: old nameservers left alive", nameservers: 2, prepare: leaveAlive },
];

async function replaceEverything(cluster: RocketmqTestCluster): Promise<Replacement> {
  const old = [...cluster.nameservers];
  const next: RocketmqTestNameserver[] = [];
  for (const _ of old) next.push(await cluster.addNameserver({ up: false }));
  const oldBrokers = await Promise.all(["old-a", "old-b"].map((name) => cluster.addBroker({ name })));
  await cluster.createTopic(TOPIC);
  const replace = async (listChanged: () => void): Promise<void> => {
    await Promise.all(next.map((nameserver) => cluster.start(nameserver)));
    listInstead(cluster, next);
    listChanged();
    await Promise.all(next.map((nameserver) => registered(nameserver, oldBrokers)));
    await Promise.all(old.map((nameserver) => cluster.kill(nameserver)));
    const brokers = await Promise.all(["new-a", "new-b"].map((name) => cluster.addBroker({ name, nameservers: next })));
    await cluster.createTopic(TOPIC, { brokers });
  };
  return { replace, killBrokers: () => kill(cluster, oldBrokers) };
}

async function leaveAlive(cluster: RocketmqTestCluster): Promise<Replacement> {
  const old = [...cluster.nameservers];
  const next = await Promise.all(old.map(() => cluster.addNameserver()));
  const [oldBroker, newBroker] = await Promise.all([
    cluster.addBroker({ name: "old-a", nameservers: old }),
    cluster.addBroker({ name: "new-a", nameservers: next }),
  ]);
  for (const broker of [oldBroker, newBroker]) await cluster.createTopic(TOPIC, { brokers: [broker] });
  const replace = async (listChanged: () => void): Promise<void> => {
    listInstead(cluster, next);
    listChanged();
  };
  return { replace, killBrokers: () => kill(cluster, [oldBroker]) };
}

function listInstead({ addressServer }: RocketmqTestCluster, next: readonly RocketmqTestNameserver[]): void {
  addressServer.addresses = next.map(({ address }) => address);
}

async function kill(cluster: RocketmqTestCluster, brokers: readonly RocketmqTestBroker[]): Promise<void> {
  await Promise.all(brokers.map((broker) => cluster.kill(broker)));
}

/** Resolves once a nameserver lists all of these brokers. */
async function registered(nameserver: RocketmqTestNameserver, brokers: readonly RocketmqTestBroker[]): Promise<void> {
  const lists = async (): Promise<boolean> => {
    const { body } = await remotingCall(nameserver.address, { code: GET_BROKER_CLUSTER_INFO });
    return brokers.every(({ address }) => Buffer.from(body).includes(JSON.stringify(address)));
  };
  if (!(await until(lists, REGISTERED_WITHIN_MS))) throw new Error(`no broker has registered with ${nameserver.address} in time`);
}
