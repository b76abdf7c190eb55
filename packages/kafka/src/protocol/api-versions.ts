import { answerError } from "../kafka-error.js";
import type { KafkaRequest, VersionRange } from "../kafka-transport.js";
import { WireReader } from "./wire-reader.js";

/** The api key of ApiVersions. */
export const API_VERSIONS = 18;

/**
 * Asks which versions of which requests a broker knows. Version 0 is understood by every broker since 0.10, and stays: it is what brokers answer with to a version that
 * they do not know (KIP-511).
 */
export function apiVersionsRequest(): KafkaRequest {
  return { apiKey: API_VERSIONS, apiVersion: 0, apiName: "ApiVersions", body: new Uint8Array() };
}

/** Reads the answer, by api key: everything that follows the correlation id. Raises `MALFORMED_RESPONSE`, or what the error code in it means. */
export function readApiVersions(bytes: Uint8Array): ReadonlyMap<number, VersionRange> {
  const wire = new WireReader(bytes);
  const error = wire.int16();
  if (error !== 0) throw answerError(error, "ApiVersions");
  return new Map(wire.array(() => [wire.int16(), { min: wire.int16(), max: wire.int16() }]));
}
