import { once } from "node:events";
import { connect } from "node:net";
import type { EndpointFeed, MetadataPoller, PollerOptions } from "@rollcall/core";
import {
  type RocketmqBrokers,
  type RocketmqNameservers,
  type RocketmqTopicRoutes,
  rocketmqBrokers,
  rocketmqNameservers,
  rocketmqTopicRoute,
} from "@rollcall/rocketmq";
import type {
  RocketmqAnnouncedBroker,
  RocketmqAnnouncement,
  RocketmqTestBroker,
  RocketmqTestCluster,
  RocketmqTestNameserver,
} from "@rollcall/rocketmq/simulator";
import { expect, vi } from "vitest";
import { lasting, pollerOf, present, type Test } from "./scenario.js";

export type { Test };

/** What kind of cluster a scenario needs. */
export interface RocketmqNeeds {
  /** How many nameservers to begin with; default 3. */
  readonly nameservers?: number | undefined;
  /** How many brokers to begin with, registered at all of them; default 2. */
  readonly brokers?: number | undefined;
  /** Whether nameservers speak nothing but TLS and brokers know their clients (ACL). Default: neither. */
  readonly secure?: boolean | undefined;
}

/** Starts a cluster for one scenario, or for several that leave it as they found it. */
export type StartRocketmq = (needs?: RocketmqNeeds) => Promise<RocketmqTestCluster>;

type Server = RocketmqTestNameserver | RocketmqTestBroker;

/** Short, to see soon; but a poll may take its time on a busy machine. */
export const EAGER = { intervalMs: 200, minIntervalMs: 20, timeoutMs: 5_000 } as const;
/** Never polls by itself in a test. */
export const PATIENT = { intervalMs: 600_000, minIntervalMs: 10 } as const;
/** How long anything may take that needs no registration, on a busy machine. */
export const SOON_MS = 5_000;

/** A cluster that ends with the test. */
export function rocketmqFor(test: Test, startRocketmq: StartRocketmq, needs?: RocketmqNeeds): Promise<RocketmqTestCluster> {
  return lasting(test, startRocketmq(needs));
}

/** A poller of nameservers, closed with the test. They come from the cluster's address server unless `from` says otherwise. */
export function nameserversOf(
  test: Test,
  { client, addressServer }: RocketmqTestCluster,
  options: PollerOptions = {},
  about: Partial<Parameters<typeof rocketmqNameservers>[0]> = {},
): MetadataPoller<RocketmqNameservers> {
  return pollerOf(test, rocketmqNameservers({ from: { addressServer: addressServer.url }, ...client, ...about }), options);
}

/** A poller of brokers, closed with the test. It asks the nameservers that the address server names now unless `nameservers` says otherwise. */
export function brokersOf(
  test: Test,
  cluster: RocketmqTestCluster,
  options: PollerOptions = {},
  about: Partial<Parameters<typeof rocketmqBrokers>[0]> = {},
): MetadataPoller<RocketmqBrokers> {
  return pollerOf(test, rocketmqBrokers({ ...asking(cluster), ...about }), options);
}

/** A poller of the routes of some topics, closed with the test. It asks as {@link brokersOf} does. */
export function routesOf(
  test: Test,
  cluster: RocketmqTestCluster,
  topics: readonly string[],
  options: PollerOptions = {},
  about: Partial<Parameters<typeof rocketmqTopicRoute>[0]> = {},
): MetadataPoller<RocketmqTopicRoutes> {
  return pollerOf(test, rocketmqTopicRoute({ topics, ...asking(cluster), ...about }), options);
}

function asking({ client, addressServer, registerMs }: RocketmqTestCluster) {
  return { nameservers: [...addressServer.addresses], ...client, removalGraceMs: 1.5 * registerMs };
}

/** Announces a broker until the test ends. */
export async function announced(test: Test, cluster: RocketmqTestCluster, what: RocketmqAnnouncement): Promise<RocketmqAnnouncedBroker> {
  const broker = await cluster.announce(what);
  test.onTestFinished(() => broker.withdraw());
  return broker;
}

/** Does something while servers are frozen, and lets them go on whatever came of it. */
export async function whileFrozen(cluster: RocketmqTestCluster, servers: readonly Server[], act: () => Promise<void>): Promise<void> {
  try {
    for (const server of servers) await cluster.freeze(server);
    await act();
  } finally {
    for (const server of servers) await cluster.thaw(server);
  }
}

/** Resolves once each of these nameservers lists all of these brokers. */
export async function registered(
  test: Test,
  cluster: RocketmqTestCluster,
  nameservers: readonly RocketmqTestNameserver[],
  brokers: readonly Pick<RocketmqTestBroker, "address">[],
): Promise<void> {
  const all = nameservers.map(async ({ address }) => {
    const poller = brokersOf(test, cluster, EAGER, { nameservers: [address] });
    poller.subscribe(() => undefined);
    const lists = () => expect(believed(poller).split(" ")).toEqual(expect.arrayContaining(brokers.map((broker) => broker.address)));
    await vi.waitFor(lists, { timeout: 3 * cluster.registerMs + SOON_MS });
    await poller.close();
  });
  await Promise.all(all);
}

/** Whether somebody accepts connections at an address: all that a check without a question can tell. */
export async function accepts(address: string): Promise<boolean> {
  const socket = connect(placeOf({ address }));
  const accepted = await once(socket, "connect").then(
    () => true,
    () => false,
  );
  socket.destroy();
  return accepted;
}

/** Whom a poller says to use, as one text. */
export function believed({ snapshot }: EndpointFeed): string {
  return listed(...(snapshot?.endpoints ?? []).map(({ id }) => ({ address: id })));
}

/** Whom it believes to be listed, whether or not they serve. */
export function believedListed({ snapshot }: EndpointFeed): string {
  return listed(...[...(snapshot?.endpoints ?? []), ...(snapshot?.aside ?? [])].map(({ id }) => ({ address: id })));
}

/** Who is aside. */
export function believedAside({ snapshot }: EndpointFeed): string {
  return listed(...(snapshot?.aside ?? []).map(({ id }) => ({ address: id })));
}

/** The same as {@link believed} for what is expected. */
export function listed(...servers: readonly Pick<Server, "address">[]): string {
  return servers
    .map(({ address }) => address)
    .sort()
    .join(" ");
}

/** Where somebody is, as a client would report or dial it. */
export function placeOf({ address }: Pick<Server, "address">): { readonly host: string; readonly port: number } {
  const { hostname, port } = new URL(`tcp://${address}`);
  return { host: hostname, port: Number(port) };
}

/** One of a list, from the end if negative; throws when it is not there. */
export function at<T>(list: readonly T[], index: number): T {
  return present(list.at(index), `number ${index}`);
}
