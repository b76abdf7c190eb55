import {
  type Clock,
  type DiscoveryError,
  type Endpoint,
  type FetchContext,
  type MetadataSource,
  systemClock,
  type WatchContext,
} from "@rollcall/core";
import { agree, type Belief, believed, divergenceOf, type Statement } from "./agreement.js";
import { brokerProbe } from "./broker-probe.js";
import { askBrokers } from "./brokers-question.js";
import type { RocketmqContext } from "./nameserver-list.js";
import { NameserverRound } from "./nameserver-round.js";
import type { RocketmqQuestion } from "./one-connection.js";
import { rejectedEntries } from "./rejected-entries.js";
import { remotingTransport } from "./remoting-transport.js";
import type { RocketmqBroker } from "./rocketmq-broker.js";
import { brokerEndpoints, type RocketmqBrokers, readStoredBrokers, sameBrokers } from "./rocketmq-brokers-metadata.js";
import { type RocketmqBrokersOptions, type RocketmqBrokersSettings, rocketmqBrokersSettings } from "./rocketmq-brokers-options.js";
import { rocketmqRefusal } from "./rocketmq-refusal.js";

/**
 * The brokers of a RocketMQ cluster, masters and slaves, as several nameservers list them (106). Nameservers do not know each other: what any of them lists is listed; what none lists any
 * more is gone once two that had it have seen it go, or after `removalGraceMs`. So neither one that is frozen nor one that has just started, and knows nobody, changes anything. Who lacks what is
 * told in the metadata.
 *
 * A poll connects to each nameserver that it asks, and disconnects. It polls the feed of nameservers for as long as it is polled itself, and at once when that changes.
 *
 * Fetching rejects with `UNAVAILABLE`, `TIMEOUT`, `UNAUTHENTICATED` or `MALFORMED_RESPONSE` when no nameserver answers, naming what each said; with the reason why no nameserver is
 * known, which is `CLOSED` if their feed is; at first
 * with `EMPTY_METADATA` if no broker is listed. When all that were believed are gone, it resolves with nobody, which the poller's `guard` holds back unless it allows that.
 *
 * @throws DiscoveryError `INVALID_OPTIONS` naming the option, what was given and what is allowed.
 */
export function rocketmqBrokers(options: RocketmqBrokersOptions): MetadataSource<RocketmqBrokers> {
  return rocketmqBrokersSource(options, { transport: remotingTransport, clock: systemClock });
}

/** `rocketmqBrokers` with a transport and a clock of one's own. */
export function rocketmqBrokersSource(options: RocketmqBrokersOptions, context: RocketmqContext): MetadataSource<RocketmqBrokers> {
  const settings = rocketmqBrokersSettings(options);
  const round = new NameserverRound(settings, context);
  const source = new RocketmqBrokersSource(settings, round, context.clock);
  return settings.probeBrokers ? Object.assign(source, brokerProbe(round.transport)) : source;
}

class RocketmqBrokersSource implements MetadataSource<RocketmqBrokers> {
  readonly key: string;
  readonly #graceMs: number;
  readonly #round: NameserverRound;
  readonly #clock: Clock;
  readonly #question: RocketmqQuestion<readonly RocketmqBroker[]>;
  #belief: Belief<RocketmqBroker> | undefined;

  constructor({ key, removalGraceMs }: RocketmqBrokersSettings, round: NameserverRound, clock: Clock) {
    this.key = key;
    this.#graceMs = removalGraceMs;
    this.#round = round;
    this.#clock = clock;
    this.#question = askBrokers(rejectedEntries(key));
  }

  async fetch(context: FetchContext<RocketmqBrokers>): Promise<RocketmqBrokers> {
    const replies = await this.#round.ask(this.#question, context).catch((error: unknown) => {
      if (this.#belief !== undefined) this.#belief = this.#agree(this.#belief, []);
      throw error;
    });
    const statements = replies.map(({ nameserver, answer }) => statementOf(nameserver, answer));
    const belief = this.#agree(this.#belief ?? believed(byAddress(context.previous?.brokers ?? [])), statements);
    this.#belief = belief;
    // Whether those who were believed are all gone is for the guard to say.
    if (belief.size === 0 && context.previous === undefined) throw nobody(statements.map(({ by }) => by));
    const brokers = Array.from(belief.values(), ({ item }) => item).sort((a, b) => (a.address < b.address ? -1 : 1));
    return { kind: "brokers", brokers, divergence: divergenceOf(belief, statements) };
  }

  endpoints(metadata: RocketmqBrokers): readonly Endpoint[] {
    return brokerEndpoints(metadata);
  }

  sameMetadata(before: RocketmqBrokers, after: RocketmqBrokers): boolean {
    return sameBrokers(before, after);
  }

  watch(context: WatchContext): void {
    this.#round.watch(context);
  }

  restore(stored: unknown): RocketmqBrokers {
    return readStoredBrokers(stored);
  }

  close(): Promise<void> {
    return this.#round.close();
  }

  #agree(before: Belief<RocketmqBroker>, statements: readonly Statement<RocketmqBroker>[]): Belief<RocketmqBroker> {
    return agree(before, statements, { now: this.#clock.now(), graceMs: this.#graceMs });
  }
}

/** Whoever lists nobody has just started: that some have to be there is why anybody asks. */
function statementOf(by: string, brokers: readonly RocketmqBroker[]): Statement<RocketmqBroker> {
  return { by, informed: brokers.length > 0, items: new Map(byAddress(brokers)) };
}

function byAddress(brokers: readonly RocketmqBroker[]): readonly (readonly [string, RocketmqBroker])[] {
  return brokers.map((broker) => [broker.address, broker]);
}

function nobody(asked: readonly string[]): DiscoveryError {
  return rocketmqRefusal("EMPTY_METADATA", `${asked.join(", ")} list no broker: none has registered yet`);
}
