import { checkNumber, invalid } from "./check-options.js";
import type { MetadataSource } from "./metadata-source.js";
import type { ResolvedOptions } from "./poller-options.js";

const METHODS = ["fetch", "endpoints"] as const satisfies readonly (keyof MetadataSource<unknown>)[];
const OPTIONAL_METHODS = [
  "unavailable",
  "sameMetadata",
  "probe",
  "watch",
  "restore",
  "close",
] as const satisfies readonly (keyof MetadataSource<unknown>)[];

/** @throws DiscoveryError `INVALID_OPTIONS` for what is no source, or one that cannot do what the options want */
export function checkSource<T>(source: MetadataSource<T>, { store }: ResolvedOptions): void {
  const lacks = typeof source?.key === "string" ? METHODS.find((name) => typeof source[name] !== "function") : "key";
  if (lacks !== undefined) throw invalid(`source.${lacks}`, source?.[lacks], "a text as key, functions as fetch and endpoints");
  const bad = OPTIONAL_METHODS.find((name) => source[name] !== undefined && typeof source[name] !== "function");
  if (bad !== undefined) throw invalid(`source.${bad}`, source[bad], "a function, or nothing");
  checkNumber("source.probeEveryMs", source.probeEveryMs, Number.POSITIVE_INFINITY, 0, Number.POSITIVE_INFINITY);
  if (store !== undefined && source.restore === undefined) {
    throw invalid("store", store, "nothing at a source without restore()");
  }
}
