import * as dns from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { DiscoveryError, textOf, toDiscoveryError } from "../discovery-error.js";
import type { NamedFeed } from "./named-feed.js";

/** Whether the caller takes a list; else it takes one address and its family. */
export function isEverybodyWanted({ all }: dns.LookupOptions): boolean {
  return all === true;
}

/**
 * The addresses of a feed's members as `dns.lookup` would give them, each once; at least one.
 * @param lookup - resolves members that are listed by name
 * @throws DiscoveryError that says why there is none
 */
export async function lookupAddresses(
  feed: NamedFeed,
  options: dns.LookupOptions,
  lookup: LookupFunction,
): Promise<readonly dns.LookupAddress[]> {
  const hosts = new Set((await feed.members()).map(({ host }) => host));
  const errors: unknown[] = [];
  // A name that does not resolve must not hide the others.
  const ask = (host: string): Promise<readonly dns.LookupAddress[]> => {
    return addressesOf(host, options, lookup).catch((error: unknown) => {
      errors.push(error);
      return [];
    });
  };
  const found = isEverybodyWanted(options) ? await fromAll(hosts, ask) : await fromFirst(hosts, ask);
  if (found.length > 0) return found;
  const wanted = familyOf(options) === 0 ? "an address" : `an IPv${familyOf(options)} address`;
  const why = errors.length === 0 ? "" : `: ${textOf(errors[0])}`;
  const cause = new AggregateError(errors);
  throw new DiscoveryError("UNAVAILABLE", `none of the ${hosts.size} hosts in use has ${wanted}${why}`, {
    source: "endpointLookup",
    cause,
  });
}

/** An error as `dns.lookup` has them, because whoever decides on a retry looks at the code. */
export function lookupError(hostname: string, error: unknown): NodeJS.ErrnoException {
  const cause = toDiscoveryError(error, "endpointLookup");
  const shape = { code: "ENOTFOUND", syscall: "endpointLookup", hostname };
  return Object.assign(new Error(`endpointLookup ENOTFOUND ${hostname}: ${cause.message}`, { cause }), shape);
}

type Ask = (host: string) => Promise<readonly dns.LookupAddress[]>;

async function fromAll(hosts: Iterable<string>, ask: Ask): Promise<readonly dns.LookupAddress[]> {
  const found = (await Promise.all([...hosts].map(ask))).flat();
  return [...new Map(found.map((one) => [one.address, one])).values()];
}

async function fromFirst(hosts: Iterable<string>, ask: Ask): Promise<readonly dns.LookupAddress[]> {
  for (const host of hosts) {
    const found = await ask(host);
    if (found.length > 0) return found;
  }
  return [];
}

async function addressesOf(host: string, options: dns.LookupOptions, lookup: LookupFunction): Promise<readonly dns.LookupAddress[]> {
  const [family, wanted] = [isIP(host), familyOf(options)];
  if (family === 0) return resolved(host, options, lookup);
  if (wanted === 0 || wanted === family) return [{ address: host, family }];
  const isMapped = family === 4 && ((options.hints ?? 0) & dns.V4MAPPED) !== 0;
  return isMapped ? [{ address: `::ffff:${host}`, family: 6 }] : [];
}

function resolved(host: string, options: dns.LookupOptions, lookup: LookupFunction): Promise<readonly dns.LookupAddress[]> {
  return new Promise((resolve, reject) => {
    lookup(host, { ...options, all: true }, (error, found, family) => {
      if (error) reject(error);
      else resolve(typeof found === "string" ? [{ address: found, family: family ?? isIP(found) }] : found);
    });
  });
}

function familyOf({ family }: dns.LookupOptions): 0 | 4 | 6 {
  if (family === 4 || family === "IPv4") return 4;
  return family === 6 || family === "IPv6" ? 6 : 0;
}
