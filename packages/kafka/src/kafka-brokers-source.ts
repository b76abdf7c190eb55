import { type Endpoint, type FetchContext, type MetadataSource, systemClock } from "@rollcall/core";
import { askBrokers, type KafkaBrokersAnswer } from "./broker-question.js";
import { brokerEndpoints, fencedIds, type KafkaCluster, readStoredCluster, sameCluster } from "./kafka-brokers-metadata.js";
import { type KafkaBrokersOptions, type KafkaBrokersSettings, kafkaBrokersSettings } from "./kafka-brokers-options.js";
import { kafkaRefusal } from "./kafka-options.js";
import { type KafkaContext, type KafkaQuestion, KafkaRound, requireCluster } from "./kafka-round.js";
import { kafkajsTransport } from "./kafkajs-transport.js";
import { secondOpinion } from "./second-opinion.js";

/**
 * The brokers of a Kafka cluster, at the addresses of the listener that the seeds belong to. One poll connects to one broker, asks for the
 * brokers and nothing else (DescribeCluster, KIP-700; Metadata without topics where that is unknown), and disconnects; the cost
 * does not depend on the number of topics. A broker that is registered but down (fenced, KIP-1073) is listed as unavailable. Whether a broker
 * serves is asked by connecting to it.
 *
 * Fetching rejects with `UNAVAILABLE`, `TIMEOUT`, `UNAUTHENTICATED`, `MALFORMED_RESPONSE`, `EMPTY_METADATA` or
 * `FOREIGN_CLUSTER`, naming what each broker that was asked said.
 *
 * @throws DiscoveryError `INVALID_OPTIONS` naming the option, what was given and what is allowed.
 */
export function kafkaBrokers(options: KafkaBrokersOptions): MetadataSource<KafkaCluster> {
  return kafkaBrokersSource(options, { transport: kafkajsTransport, clock: systemClock });
}

/** `kafkaBrokers` with a transport and a clock of one's own. */
export function kafkaBrokersSource(options: KafkaBrokersOptions, context: KafkaContext): MetadataSource<KafkaCluster> {
  return new KafkaBrokersSource(kafkaBrokersSettings(options), context);
}

class KafkaBrokersSource implements MetadataSource<KafkaCluster> {
  readonly key: string;
  readonly #clusterId: string | undefined;
  readonly #round: KafkaRound;

  constructor(settings: KafkaBrokersSettings, context: KafkaContext) {
    this.key = settings.key;
    this.#clusterId = settings.clusterId;
    this.#round = new KafkaRound(settings, context);
  }

  async fetch(context: FetchContext<KafkaCluster>): Promise<KafkaCluster> {
    const reply = await this.#round.ask(askCluster, context);
    const cluster = await secondOpinion({ round: this.#round, question: askCluster, key: this.key }, reply, context);
    return completed(cluster, context.previous);
  }

  endpoints(metadata: KafkaCluster): readonly Endpoint[] {
    return brokerEndpoints(metadata);
  }

  unavailable(metadata: KafkaCluster): readonly string[] {
    return fencedIds(metadata);
  }

  sameMetadata(before: KafkaCluster, after: KafkaCluster): boolean {
    return sameCluster(before, after);
  }

  probe(endpoint: Endpoint, context: { readonly signal: AbortSignal }): Promise<void> {
    return this.#round.probe(endpoint, context);
  }

  restore(stored: unknown): KafkaCluster {
    const metadata = readStoredCluster(stored);
    requireCluster(metadata, this.#clusterId);
    return requireBrokers(metadata);
  }
}

/** A broker that has just started may list nobody yet: it is passed over, as by Kafka's Java client. */
const askCluster: KafkaQuestion<KafkaBrokersAnswer> = async (connection, options) => requireBrokers(await askBrokers(connection, options));

/**
 * An answer with what its broker is too old to tell, as it was: the cluster's id (Metadata before version 2), and who is fenced (DescribeCluster
 * before version 2). Else, while a cluster is upgraded, whoever restarts would leave and join with every poll. Another cluster has nothing of that.
 */
function completed({ clusterId, brokers, tellsFenced }: KafkaBrokersAnswer, before: KafkaCluster | undefined): KafkaCluster {
  const previous = clusterId === undefined || before?.clusterId === undefined || before.clusterId === clusterId ? before : undefined;
  const listed = new Set(brokers.map(({ id }) => id));
  const fenced = tellsFenced ? [] : (previous?.brokers ?? []).filter((broker) => broker.fenced && !listed.has(broker.id));
  return { clusterId: clusterId ?? previous?.clusterId, brokers: [...brokers, ...fenced].sort((a, b) => a.id - b.id) };
}

function requireBrokers<C extends KafkaCluster>(metadata: C): C {
  if (metadata.brokers.length === 0) throw kafkaRefusal("EMPTY_METADATA", "no broker is listed");
  return metadata;
}
