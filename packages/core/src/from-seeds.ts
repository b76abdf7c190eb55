import { invalid } from "./check-options.js";
import { hostPort } from "./host-port.js";
import type { MetadataSource, Seeds } from "./metadata-source.js";

/**
 * The smallest source: the seeds are the members. A function is asked at every poll, so whatever it reads (a file, a registry,
 * DNS) becomes live endpoints. The answer is the list of `host:port` texts; an id is the address itself.
 *
 * @throws DiscoveryError `INVALID_OPTIONS` when `seeds` is neither a list of `host:port` nor a function
 */
export function fromSeeds(seeds: Seeds): MetadataSource<readonly string[]> {
  const isList = Array.isArray(seeds);
  if (!isList && typeof seeds !== "function") throw invalid("seeds", printable(seeds), "a list of host:port, or a function of one");
  const bad = isList ? seeds.find((seed) => hostPort.parse(seed) === undefined) : undefined;
  if (bad !== undefined) throw invalid("seeds", printable(bad), "host:port, IPv6 in brackets");
  return {
    key: isList ? `seeds:${seeds.join(",")}` : "seeds:function",
    fetch: async ({ signal }) => (typeof seeds === "function" ? await seeds({ signal }) : seeds),
    endpoints: (addresses) => addresses.map((address) => ({ id: address, ...(hostPort.parse(address) ?? NO_ADDRESS) })),
  };
}

/** Core rejects the entry and says why; it fails nobody else. */
const NO_ADDRESS = { host: "", port: 0 };

function printable(given: unknown): unknown {
  return typeof given === "string" ? hostPort.printable(given) : given;
}
