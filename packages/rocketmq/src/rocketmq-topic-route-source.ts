import { type Clock, type Endpoint, type FetchContext, type MetadataSource, systemClock, type WatchContext } from "@rollcall/core";
import { brokerProbe } from "./broker-probe.js";
import type { RocketmqContext } from "./nameserver-list.js";
import { NameserverRound } from "./nameserver-round.js";
import type { RocketmqQuestion } from "./one-connection.js";
import { rejectedEntries } from "./rejected-entries.js";
import { remotingTransport } from "./remoting-transport.js";
import { type RocketmqTopicRoutes, readStoredRoutes, requireRoutes, routeEndpoints, sameRoutes } from "./rocketmq-topic-route-metadata.js";
import {
  type RocketmqTopicRouteOptions,
  type RocketmqTopicRouteSettings,
  rocketmqTopicRouteSettings,
} from "./rocketmq-topic-route-options.js";
import { agreeOnRoutes, believedRoutes, lapsedRoutes, type RouteBeliefs } from "./route-agreement.js";
import { askRoutes, type RoutesAnswer } from "./routes-question.js";

/**
 * Where some topics of a RocketMQ cluster live, as several nameservers see it (105, and 106 to know whether a nameserver knows anything); the endpoints are the brokers of all of them. What any
 * nameserver lists counts at once; what none lists any more is gone once two that had it have seen it go, or after `removalGraceMs`. So a topic whose last broker died loses
 * its route, and one that a nameserver does not know because it has just started does not.
 *
 * A topic that nobody knows is reported in its `error`, and the others go on. Permissions and queues that change are a new version, be the endpoints the same or not. It polls the feed of
 * nameservers for as long as it is polled itself, and at once when that changes.
 *
 * Fetching rejects with `UNAVAILABLE`, `TIMEOUT`, `UNAUTHENTICATED` or `MALFORMED_RESPONSE` when no nameserver answers, naming what each said; with the reason why no nameserver is
 * known, which is `CLOSED` if their feed is; at first
 * with `EMPTY_METADATA` if no topic has a broker. When all that were believed are gone, it resolves with the reasons and nobody, which the poller's `guard` holds back unless it allows that.
 *
 * @throws DiscoveryError `INVALID_OPTIONS` naming the option, what was given and what is allowed.
 */
export function rocketmqTopicRoute(options: RocketmqTopicRouteOptions): MetadataSource<RocketmqTopicRoutes> {
  return rocketmqTopicRouteSource(options, { transport: remotingTransport, clock: systemClock });
}

/** `rocketmqTopicRoute` with a transport and a clock of one's own. */
export function rocketmqTopicRouteSource(
  options: RocketmqTopicRouteOptions,
  context: RocketmqContext,
): MetadataSource<RocketmqTopicRoutes> {
  const settings = rocketmqTopicRouteSettings(options);
  const round = new NameserverRound(settings, context);
  const source = new RocketmqTopicRouteSource(settings, round, context.clock);
  return settings.probeBrokers ? Object.assign(source, brokerProbe(round.transport)) : source;
}

class RocketmqTopicRouteSource implements MetadataSource<RocketmqTopicRoutes> {
  readonly key: string;
  readonly #topics: readonly string[];
  readonly #graceMs: number;
  readonly #round: NameserverRound;
  readonly #clock: Clock;
  readonly #question: RocketmqQuestion<RoutesAnswer>;
  #beliefs: RouteBeliefs | undefined;

  constructor({ key, topics, removalGraceMs }: RocketmqTopicRouteSettings, round: NameserverRound, clock: Clock) {
    this.key = key;
    this.#topics = topics;
    this.#graceMs = removalGraceMs;
    this.#round = round;
    this.#clock = clock;
    this.#question = askRoutes(topics, rejectedEntries(key));
  }

  async fetch(context: FetchContext<RocketmqTopicRoutes>): Promise<RocketmqTopicRoutes> {
    const replies = await this.#round.ask(this.#question, context).catch((error: unknown) => {
      if (this.#beliefs !== undefined) this.#beliefs = lapsedRoutes(this.#beliefs, this.#time);
      throw error;
    });
    const before = this.#beliefs ?? believedRoutes(this.#topics, context.previous);
    const { beliefs, routes } = agreeOnRoutes(this.#topics, before, replies, this.#time);
    this.#beliefs = beliefs;
    // Whether those who were believed are all gone is for the guard to say.
    return context.previous === undefined ? requireRoutes(routes) : routes;
  }

  endpoints(metadata: RocketmqTopicRoutes): readonly Endpoint[] {
    return routeEndpoints(metadata);
  }

  sameMetadata(before: RocketmqTopicRoutes, after: RocketmqTopicRoutes): boolean {
    return sameRoutes(before, after);
  }

  watch(context: WatchContext): void {
    this.#round.watch(context);
  }

  restore(stored: unknown): RocketmqTopicRoutes {
    return readStoredRoutes(stored, this.#topics);
  }

  close(): Promise<void> {
    return this.#round.close();
  }

  get #time(): { readonly now: number; readonly graceMs: number } {
    return { now: this.#clock.now(), graceMs: this.#graceMs };
  }
}
