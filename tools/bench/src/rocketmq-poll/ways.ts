import { type EndpointFeed, MetadataPoller, type MetadataSource } from "@rollcall/core";
import { type RocketmqNameservers, rocketmqBrokers, rocketmqNameservers, rocketmqTopicRoute } from "@rollcall/rocketmq";
import type { StartWay, Way } from "../poll/measure-polls.js";
import { aliOnsRoutes } from "./ali-ons-routes.js";

/** A cluster. */
export interface Asked {
  /** Addresses of its nameservers. */
  readonly nameservers: readonly string[];
  /** URL of the address server that names them. */
  readonly addressServer: string;
  /** Names of its topics; at least one. */
  readonly topics: readonly string[];
}

const FLOOR_MS = 10;
const DAY_MS = 86_400_000;

/** The ways to poll, as the table calls them. */
export type WayName =
  | "Rollcall `rocketmqNameservers`: address server"
  | "Rollcall `rocketmqNameservers`: probes of all"
  | `Rollcall \`${"rocketmqBrokers" | "rocketmqTopicRoute"}\`, ${"1 nameserver" | "3 nameservers"} per poll`
  | "ali-ons route poll";

/**
 * How each way begins, in the order of the table. Each is one source alone: what the list of nameservers costs that brokers and routes are asked of stands in lines of its
 * own, for it is paid once, whatever hangs on it.
 */
export const WAYS: Readonly<Record<WayName, StartWay<Asked>>> = {
  "Rollcall `rocketmqNameservers`: address server": addressServer,
  "Rollcall `rocketmqNameservers`: probes of all": probes,
  "Rollcall `rocketmqBrokers`, 1 nameserver per poll": brokers(1),
  "Rollcall `rocketmqBrokers`, 3 nameservers per poll": brokers(3),
  "Rollcall `rocketmqTopicRoute`, 1 nameserver per poll": routes(1),
  "Rollcall `rocketmqTopicRoute`, 3 nameservers per poll": routes(3),
  "ali-ons route poll": aliOnsRoutes,
};

function addressServer({ addressServer: url }: Asked): Promise<Way> {
  return polling(rocketmqNameservers({ from: { addressServer: url } }), () => undefined);
}

/** What a poller does every 30 s beside polling. */
async function probes({ nameservers }: Asked): Promise<Way> {
  const source = rocketmqNameservers({ from: { seeds: nameservers } });
  const list = listOf(nameservers);
  const { endpoints } = await list.ready();
  const { signal } = new AbortController();
  const poll = () => Promise.all(endpoints.map((endpoint) => source.probe?.(endpoint, { signal })));
  return { poll, pauseMs: 0, close: () => list.close() };
}

function brokers(nameserversPerPoll: number): StartWay<Asked> {
  return async ({ nameservers }) => {
    const feed = listOf(nameservers);
    return polling(rocketmqBrokers({ nameservers: feed, nameserversPerPoll }), () => feed.close());
  };
}

function routes(nameserversPerPoll: number): StartWay<Asked> {
  return async ({ nameservers, topics }) => {
    const feed = listOf(nameservers);
    return polling(rocketmqTopicRoute({ topics, nameservers: feed, nameserversPerPoll }), () => feed.close());
  };
}

/** A list of nameservers that costs nothing while somebody else is measured. */
function listOf(nameservers: readonly string[]): EndpointFeed<RocketmqNameservers> & { close(): Promise<void> } {
  return new MetadataPoller(rocketmqNameservers({ from: { seeds: nameservers } }), { intervalMs: DAY_MS, probe: false });
}

async function polling<T>(source: MetadataSource<T>, closeOthers: () => unknown): Promise<Way> {
  const poller = new MetadataPoller(source, { minIntervalMs: FLOOR_MS, probe: false });
  poller.subscribe(() => undefined);
  await poller.ready();
  const close = async (): Promise<void> => {
    await poller.close();
    await closeOthers();
  };
  return { poll: () => poller.refresh(), pauseMs: 2 * FLOOR_MS, close };
}
