import { answerError } from "../kafka-error.js";
import type { KafkaRequest } from "../kafka-transport.js";
import { type BrokersAnswer, brokersAnswer } from "./brokers-answer.js";
import { WireReader } from "./wire-reader.js";
import { WireWriter } from "./wire-writer.js";

/** The api key of DescribeCluster (KIP-700). */
export const DESCRIBE_CLUSTER = 60;

/** Of the two kinds of endpoint (KIP-919), those that serve clients. */
const BROKERS = 1;

/**
 * Asks for the brokers, fenced ones included where the version can say so (KIP-1073). 27 bytes with a client id of eight characters.
 *
 * @param version - 0 to 2; all of them are flexible
 */
export function describeClusterRequest(version: number): KafkaRequest {
  const body = new WireWriter(true).tags().boolean(false); // no authorized operations: they cost the broker an ACL check each
  if (version >= 1) body.int8(BROKERS);
  if (version >= 2) body.boolean(true);
  return { apiKey: DESCRIBE_CLUSTER, apiVersion: version, apiName: "DescribeCluster", body: body.tags().finish() };
}

/**
 * Reads the answer to {@link describeClusterRequest}: everything that follows the correlation id. Bytes after its end are passed over. Raises `MALFORMED_RESPONSE`, or
 * what the error code in it means. The controller's id is not read: with KRaft it is any broker, another one each time (`KRaftMetadataCache`).
 */
export function readDescribeCluster(bytes: Uint8Array, version: number): BrokersAnswer {
  const wire = new WireReader(bytes, true);
  wire.tags();
  wire.int32(); // throttle time
  const error = wire.int16();
  const message = wire.nullableString();
  if (error !== 0) throw answerError(error, "DescribeCluster", message ?? "");
  if (version >= 1) wire.int8();
  const clusterId = wire.nullableString();
  wire.int32(); // controller
  const brokers = wire.array(() => {
    const broker = {
      id: wire.int32(),
      host: wire.string(),
      port: wire.int32(),
      rack: wire.nullableString() ?? undefined,
      fenced: version >= 2 && wire.boolean(),
    };
    wire.tags();
    return broker;
  });
  wire.int32(); // authorized operations
  wire.tags();
  return brokersAnswer(clusterId, brokers);
}
