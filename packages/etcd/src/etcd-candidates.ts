import { candidateOrder, DiscoveryError, type Endpoint, hostPort, type MapEndpoint, type Seeds } from "@rollcall/core";
import { addressUrl, type EtcdAddress, type EtcdScheme, parseEtcdAddress } from "./etcd-address.js";
import { type MemberListAnswer, memberEndpoints, NO_ID } from "./etcd-members-metadata.js";

/** What a mapping may have set as the attribute `tlsName`; anything else counts as none. */
const TLS_NAME = /^[^\p{C}\s]+$/u;

/** Somebody to ask, named by a URL that is safe to print, or the reason why this one is never asked. */
export type Candidate =
  | { readonly url: string; readonly address: EtcdAddress }
  | { readonly url: string; readonly refused: DiscoveryError };

/** Whom one round may ask. */
export interface CandidateOptions {
  /** Whom a connection is held to, in the order in which to ask. */
  readonly held: readonly EtcdAddress[];
  readonly known: readonly Endpoint[];
  readonly seeds: Seeds;
  /** Whether TLS is configured: what an address without a scheme means, and whether `http://` is refused. */
  readonly secure: boolean;
  /** In [0, 1): spreads a fleet over the members. */
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/** Whom a connection is held to, then every member known, then every seed, in the order of core. Candidates with the same URL are one. */
export function candidates({ held, known, seeds, secure, random, signal }: CandidateOptions): AsyncGenerator<Candidate, void> {
  return candidateOrder<Candidate>({
    first: held.map((address) => candidate(address, secure)),
    known: known.map((endpoint) => endpointCandidate(endpoint, secure)),
    seeds,
    seed: (text) => seedCandidate(text, secure),
    keyOf: ({ url }) => url,
    random,
    signal,
  });
}

/**
 * Where a spare connection may lead: every address that may be asked of the members other than the one that answered.
 * @param map - what the poller makes of an endpoint: nobody may be dialled whom it drops
 */
export function otherAddresses(
  { metadata, answeredBy }: MemberListAnswer,
  answeredAt: EtcdAddress,
  secure: boolean,
  map: MapEndpoint = (endpoint) => endpoint,
): readonly EtcdAddress[] {
  // By id, because one member can have several addresses; by URL behind a grpc-proxy, where every id is 0.
  const members = metadata.members.filter(({ id }) => id !== answeredBy || id === NO_ID);
  return memberEndpoints({ members }, schemeless(secure))
    .flatMap((endpoint) => mapped(endpoint, map))
    .map((endpoint) => endpointCandidate(endpoint, secure))
    .flatMap((other) => ("address" in other && other.url !== addressUrl(answeredAt) ? [other.address] : []));
}

/** A mapping that throws drops that endpoint, as it does in the poller. */
function mapped(endpoint: Endpoint, map: MapEndpoint): readonly Endpoint[] {
  try {
    const kept = map(endpoint);
    return kept === undefined ? [] : [kept];
  } catch {
    return [];
  }
}

function seedCandidate(seed: string, secure: boolean): Candidate {
  const address = parseEtcdAddress(seed, schemeless(secure));
  if (address?.scheme === "https" && !secure) {
    // Only a function's: it was not there to be looked at. Its members' http:// addresses could not be told from a downgrade.
    return { url: addressUrl(address), refused: refusal("a seeds function that returns https:// needs the option tls (tls: {} will do)") };
  }
  if (address !== undefined) return candidate(address, secure);
  return {
    url: hostPort.printable(seed),
    refused: refusal("this seed is no address; use https://host:port, http://host:port or host:port"),
  };
}

function candidate(address: EtcdAddress, secure: boolean): Candidate {
  const url = addressUrl(address);
  if (secure && address.scheme === "http") return { url, refused: refusal("TLS is configured, so a plaintext address is not asked") };
  return { url, address };
}

/** Where this endpoint, as mapped, is asked. */
export function endpointCandidate({ host, port, attributes }: Endpoint, secure: boolean): Candidate {
  const { scheme, tlsName } = attributes ?? {};
  const address = { scheme: scheme === "http" || scheme === "https" ? scheme : schemeless(secure), host, port };
  return candidate(typeof tlsName === "string" && TLS_NAME.test(tlsName) ? { ...address, tlsName } : address, secure);
}

/** What an address without a scheme means. */
export function schemeless(secure: boolean): EtcdScheme {
  return secure ? "https" : "http";
}

function refusal(message: string): DiscoveryError {
  return new DiscoveryError("UNAVAILABLE", message, { source: "etcd" });
}
