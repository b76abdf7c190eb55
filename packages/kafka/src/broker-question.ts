import { DiscoveryError } from "@rollcall/core";
import { CONTROLLER_LISTENER } from "./kafka-error.js";
import type { KafkaConnection } from "./kafka-transport.js";
import type { BrokersAnswer } from "./protocol/brokers-answer.js";
import { commonVersion } from "./protocol/common-version.js";
import { DESCRIBE_CLUSTER, describeClusterRequest, readDescribeCluster } from "./protocol/describe-cluster.js";
import { METADATA, metadataRequest, readMetadata } from "./protocol/metadata.js";

/** What one broker says of the brokers. */
export interface KafkaBrokersAnswer extends BrokersAnswer {
  /** Whether those that are down are listed as fenced; else they are left out. */
  readonly tellsFenced: boolean;
}

/**
 * Asks one broker which brokers there are: DescribeCluster where it knows that (Kafka 2.8, fenced brokers since 4.0), else Metadata about no topics. A few dozen bytes,
 * whatever the number of topics.
 *
 * @throws DiscoveryError `MALFORMED_RESPONSE` if that is a controller's listener, too old a broker, or an answer that cannot be read; what the answer's error code
 * means; or whatever `send` rejects with.
 */
export async function askBrokers(connection: KafkaConnection, options: { readonly signal: AbortSignal }): Promise<KafkaBrokersAnswer> {
  const { versions } = connection;
  // Controllers know DescribeCluster (KIP-919), but answer it with other controllers, or with an error.
  if (versions.has(DESCRIBE_CLUSTER) && !versions.has(METADATA)) throw refused(CONTROLLER_LISTENER);
  const describe = commonVersion(versions.get(DESCRIBE_CLUSTER), 0, 2);
  if (describe !== undefined) {
    const answer = readDescribeCluster(await connection.send(describeClusterRequest(describe), options), describe);
    return { ...answer, tellsFenced: describe >= 2 };
  }
  const metadata = commonVersion(versions.get(METADATA), 1, 13);
  if (metadata === undefined) throw refused("whoever listens there offers neither DescribeCluster 0 to 2 nor Metadata 1 to 13");
  const { clusterId, brokers } = readMetadata(await connection.send(metadataRequest(metadata, []), options), metadata);
  return { clusterId, brokers, tellsFenced: false };
}

function refused(text: string): DiscoveryError {
  return new DiscoveryError("MALFORMED_RESPONSE", text, { source: "kafka" });
}
