import type { VersionRange } from "../kafka-transport.js";

/** A request that the simulator understands, by Kafka's name. */
export type ApiName =
  | "Produce"
  | "Metadata"
  | "SaslHandshake"
  | "ApiVersions"
  | "CreateTopics"
  | "InitProducerId"
  | "SaslAuthenticate"
  | "DescribeCluster";

interface Api {
  readonly key: number;
  readonly versions: VersionRange;
  /** From this version on it is flexible (KIP-482). */
  readonly flexibleFrom: number;
}

/** Versions below the lowest ones are those that Apache Kafka 4 has removed (KIP-896), or that nobody has asked the simulator for. */
const TABLE: Readonly<Record<ApiName, Api>> = {
  Produce: { key: 0, versions: { min: 3, max: 7 }, flexibleFrom: 9 },
  Metadata: { key: 3, versions: { min: 0, max: 13 }, flexibleFrom: 9 },
  SaslHandshake: { key: 17, versions: { min: 0, max: 1 }, flexibleFrom: 2 },
  ApiVersions: { key: 18, versions: { min: 0, max: 5 }, flexibleFrom: 3 },
  CreateTopics: { key: 19, versions: { min: 2, max: 3 }, flexibleFrom: 5 },
  InitProducerId: { key: 22, versions: { min: 0, max: 1 }, flexibleFrom: 2 },
  SaslAuthenticate: { key: 36, versions: { min: 0, max: 1 }, flexibleFrom: 2 },
  DescribeCluster: { key: 60, versions: { min: 0, max: 2 }, flexibleFrom: 0 },
};

/** Every {@link ApiName}, by api key. */
export const API_NAMES: readonly ApiName[] = Object.keys(TABLE) as ApiName[];

/** What a listener says it understands. */
export type ApiRanges = ReadonlyMap<ApiName, VersionRange>;

/** The api key of a request. */
export function apiKey(name: ApiName): number {
  return TABLE[name].key;
}

/** The request with this api key, or undefined if the simulator has none. */
export function apiNamed(key: number): ApiName | undefined {
  return API_NAMES.find((name) => TABLE[name].key === key);
}

/** Whether this version of a request is flexible. */
export function isFlexible(name: ApiName, version: number): boolean {
  return version >= TABLE[name].flexibleFrom;
}

/** The versions of some requests, each at most as high as `highest` says; false leaves it out. */
export function apiRanges(names: readonly ApiName[], highest: Readonly<Partial<Record<ApiName, number | false | undefined>>>): ApiRanges {
  const ranges = new Map<ApiName, VersionRange>();
  for (const name of names) {
    const { min, max } = TABLE[name].versions;
    const limit = highest[name] ?? max;
    if (limit !== false) ranges.set(name, { min: Math.min(min, limit), max: Math.min(max, limit) });
  }
  return ranges;
}
