import { type Endpoint, type FetchContext, type MetadataSource, systemClock } from "@rollcall/core";
import { sameAddress } from "./kafka-brokers-metadata.js";
import { kafkaRefusal } from "./kafka-options.js";
import { type KafkaTopics, leaderEndpoints, readStoredTopics, sameTopics } from "./kafka-partitions-metadata.js";
import { type KafkaPartitionsOptions, type KafkaPartitionsSettings, kafkaPartitionsSettings } from "./kafka-partitions-options.js";
import { askTopics } from "./kafka-partitions-question.js";
import { type KafkaContext, type KafkaReply, KafkaRound, requireCluster } from "./kafka-round.js";
import { kafkajsTransport } from "./kafkajs-transport.js";
import { doubtful, mergeTopics, settleTopics } from "./leader-epochs.js";
import { mappedAddress } from "./mapped-address.js";

/**
 * The partitions of some topics of a Kafka cluster and who leads them; the endpoints are the brokers that lead something. One poll connects to
 * one broker, asks for the named topics and nothing else (Metadata), and disconnects: the cost grows with their partitions only, and no topic is
 * created by asking.
 *
 * A leader that moves is a new version, be the endpoints the same or not. An older leader epoch never replaces a newer one of the same topic
 * (KIP-320); what a broker that lags behind would explain (an older epoch, a topic that is not known any more) is asked of a second broker in the
 * same poll. A cluster that came back from a backup with its cluster and topic ids therefore needs a new poller, and
 * a new file if there is a store. A topic that nobody knows is reported in its `error`, and the others go on.
 *
 * Fetching rejects with `UNAVAILABLE`, `TIMEOUT`, `UNAUTHENTICATED`, `MALFORMED_RESPONSE`, `EMPTY_METADATA` (no topic has a leader) or
 * `FOREIGN_CLUSTER`, naming what each broker that was asked said.
 *
 * @throws DiscoveryError `INVALID_OPTIONS` naming the option, what was given and what is allowed.
 */
export function kafkaPartitions(options: KafkaPartitionsOptions): MetadataSource<KafkaTopics> {
  return kafkaPartitionsSource(options, { transport: kafkajsTransport, clock: systemClock });
}

/** `kafkaPartitions` with a transport and a clock of one's own. */
export function kafkaPartitionsSource(options: KafkaPartitionsOptions, context: KafkaContext): MetadataSource<KafkaTopics> {
  return new KafkaPartitionsSource(kafkaPartitionsSettings(options), context);
}

type Context = FetchContext<KafkaTopics>;

class KafkaPartitionsSource implements MetadataSource<KafkaTopics> {
  readonly key: string;
  readonly #settings: KafkaPartitionsSettings;
  readonly #round: KafkaRound;

  constructor(settings: KafkaPartitionsSettings, context: KafkaContext) {
    this.key = settings.key;
    this.#settings = settings;
    this.#round = new KafkaRound(settings, context);
  }

  async fetch(context: Context): Promise<KafkaTopics> {
    const { previous } = context;
    const ask = askTopics(this.#settings.topics);
    if (previous === undefined) {
      // Whoever knows of no leader may have just started: the next one is asked.
      return (await this.#round.ask(async (...connected) => requireLeaders(await ask(...connected)), context)).answer;
    }
    // All brokers, and not only those that lead something: if one leads it all, nobody else could ever say that it lags behind.
    const known = [...context.known, ...previous.brokers.flatMap(mappedAddress(context.mapEndpoint))];
    const reply = await this.#round.ask(ask, { ...context, known });
    const topics = await this.#believed(reply, previous, { ...context, known });
    // Not every broker tells the id (Metadata before version 2): that makes it no other cluster.
    return requireLeaders({ ...topics, clusterId: topics.clusterId ?? previous.clusterId });
  }

  endpoints(metadata: KafkaTopics): readonly Endpoint[] {
    return leaderEndpoints(metadata);
  }

  sameMetadata(before: KafkaTopics, after: KafkaTopics): boolean {
    return sameTopics(before, after);
  }

  probe(endpoint: Endpoint, context: { readonly signal: AbortSignal }): Promise<void> {
    return this.#round.probe(endpoint, context);
  }

  restore(stored: unknown): KafkaTopics {
    const { topics, clusterId } = this.#settings;
    const metadata = readStoredTopics(stored, topics);
    requireCluster(metadata, clusterId);
    return requireLeaders(metadata);
  }

  async #believed(
    { from, answer, tookMs }: KafkaReply<KafkaTopics>,
    previous: KafkaTopics,
    { known, signal }: Context,
  ): Promise<KafkaTopics> {
    if (isOfAnother(previous, answer)) return answer;
    const merged = mergeTopics(previous, answer);
    const doubted = doubtful(previous, answer);
    if (doubted.length === 0) return merged;
    const others = known.filter((endpoint) => !sameAddress(endpoint, from));
    const second = await this.#round.askBriefly(others, askTopics(doubted), { signal, tookMs });
    return second === undefined ? merged : settleTopics(previous, { answer, merged }, second.answer);
  }
}

/** A cluster that took the place of another has nothing in common with it, not even where the ids are the same. */
function isOfAnother(previous: KafkaTopics, answer: KafkaTopics): boolean {
  return previous.clusterId !== undefined && answer.clusterId !== undefined && previous.clusterId !== answer.clusterId;
}

/** How many topics an error names. */
const NAMED = 5;

function requireLeaders(metadata: KafkaTopics): KafkaTopics {
  if (leaderEndpoints(metadata).length > 0) return metadata;
  const topics = Object.entries(metadata.topics);
  const said = topics.slice(0, NAMED).map(([name, { error = "no leader that can be reached" }]) => `${name}: ${error}`);
  const more = topics.length > NAMED ? ` and ${topics.length - NAMED} more` : "";
  const isDenied = topics.every(([, { error }]) => error === "TOPIC_AUTHORIZATION_FAILED");
  throw kafkaRefusal(isDenied ? "UNAUTHENTICATED" : "EMPTY_METADATA", `no topic has a leader (${said.join(", ")}${more})`);
}
