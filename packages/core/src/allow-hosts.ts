import { BlockList, isIP } from "node:net";
import { checkOptionNames, invalid } from "./check-options.js";
import type { MapEndpoint } from "./endpoint.js";

/**
 * A `mapEndpoint` that drops every endpoint outside the named domains and networks, so that a member which advertises
 * `localhost` or an unroutable address is never used. A name is judged by its suffix, an address by its network. At least one
 * of either must be given.
 *
 * @throws DiscoveryError `INVALID_OPTIONS`
 */
export function allowHosts(options: {
  /** DNS suffixes such as `.etcd.svc.cluster.local`. `example.com` allows that name and every name below it. Default: no name. */
  readonly suffixes?: readonly string[] | undefined;
  /** Networks such as `10.0.0.0/8` or `fd00::/8`. Default: no address. */
  readonly cidrs?: readonly string[] | undefined;
}): MapEndpoint {
  checkOptionNames("allowHosts", options, ["suffixes", "cidrs"]);
  const suffixes = texts("allowHosts suffixes", options.suffixes).map(toSuffix);
  const cidrs = texts("allowHosts cidrs", options.cidrs);
  if (suffixes.length + cidrs.length === 0) throw invalid("allowHosts", options, "at least one suffix or network");
  const networks = new BlockList();
  for (const cidr of cidrs) addNetwork(networks, cidr);
  return (endpoint) => {
    const host = endpoint.host.toLowerCase().replace(/\.$/, "");
    const version = isIP(host);
    const allowed =
      version === 0
        ? suffixes.some((suffix) => host === suffix || host.endsWith(`.${suffix}`))
        : networks.check(host, version === 4 ? "ipv4" : "ipv6");
    return allowed ? endpoint : undefined;
  };
}

function texts(name: string, given: unknown): readonly string[] {
  if (given === undefined) return [];
  if (Array.isArray(given) && given.every((text) => typeof text === "string")) return given;
  throw invalid(name, given, "a list of texts");
}

function toSuffix(suffix: string): string {
  const name = suffix.toLowerCase().replace(/^\./, "").replace(/\.$/, "");
  if (name === "") throw invalid("allowHosts suffixes", suffix, "a DNS suffix, such as .example.com");
  return name;
}

function addNetwork(networks: BlockList, cidr: string): void {
  const [address = "", prefix = "", ...rest] = cidr.split("/");
  const version = isIP(address);
  const bits = /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
  if (version === 0 || rest.length > 0 || !(bits <= (version === 4 ? 32 : 128))) {
    throw invalid("allowHosts cidrs", cidr, "an address and a prefix length, such as 10.0.0.0/8");
  }
  networks.addSubnet(address, bits, version === 4 ? "ipv4" : "ipv6");
}
