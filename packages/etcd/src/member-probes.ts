import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { DiscoveryError, type DiscoveryErrorCode, type Endpoint } from "@rollcall/core";
import { endpointCandidate } from "./etcd-candidates.js";
import { etcdError, refusedByEtcd, refusesToken } from "./etcd-error.js";
import { callMetadata, type EtcdTokens } from "./etcd-tokens.js";
import type { EtcdConnection, EtcdTransport } from "./etcd-transport.js";
import { Maintenance, StatusRequestSchema, type StatusResponse, StatusResponseSchema } from "./gen/rpc_pb.js";

/** How one member is asked whether it serves. */
export interface ProbeContext {
  /** Ends the question; it is the only deadline. */
  readonly signal: AbortSignal;
  /** The cluster that is polled, in hex, once it is known. */
  readonly clusterId: string | undefined;
}

const STATUS = `/${Maintenance.typeName}/${Maintenance.method.status.name}`;
const STATUS_REQUEST = toBinary(StatusRequestSchema, create(StatusRequestSchema));

/**
 * Asks members whether they serve: one `Status`, on a connection of its own that is closed afterwards. A connection that exists already
 * would prove too little (a member may keep it and take no new one) and too much (one that a firewall forgot is silent although the
 * member serves), and a channel that failed before would refuse for as long as it backs off, although the member is back.
 */
export class MemberProbes {
  readonly #transport: EtcdTransport;
  readonly #tokens: EtcdTokens;
  readonly #secure: boolean;
  readonly #open = new Set<EtcdConnection>();

  /**
   * @param tokens - the one that is known is sent along; none is fetched, because a member must not have to wait for another one
   * @param secure - whether TLS is configured: what an address without a scheme means, and whether `http://` is refused
   */
  constructor(transport: EtcdTransport, tokens: EtcdTokens, secure: boolean) {
    this.#transport = transport;
    this.#tokens = tokens;
    this.#secure = secure;
  }

  /**
   * Resolves if the member serves. It does when it answers as a voter that follows a leader; or refuses, in etcd's own words, for want of
   * a (newer) token, because it looks for its leader first. Such a refusal does not say of which cluster it is, so the next poll renews
   * the token. Alarms (NOSPACE, CORRUPT) do not count: every member reports those of the whole cluster.
   * @throws DiscoveryError naming the member and what came back; the signal's reason when that fires
   */
  async check(endpoint: Endpoint, { signal, clusterId }: ProbeContext): Promise<void> {
    const candidate = endpointCandidate(endpoint, this.#secure);
    const asked = `Status of member ${endpoint.id} at ${candidate.url}`;
    if ("refused" in candidate) throw no("UNAVAILABLE", `${asked} is not asked for: ${candidate.refused.message}`, candidate.refused);
    const connection = this.#transport.connect(candidate.address);
    this.#open.add(connection);
    const token = this.#tokens.current;
    try {
      const answer = await connection.call(STATUS, STATUS_REQUEST, { signal, metadata: callMetadata(token) });
      judge(decode(answer, asked), clusterId, asked);
    } catch (thrown) {
      signal.throwIfAborted();
      if (!refusedByEtcd(thrown)) throw etcdError(thrown, asked);
      if (refusesToken(thrown)) this.#tokens.refused(token);
    } finally {
      this.#open.delete(connection);
      connection.close();
    }
  }

  /** Ends every question in progress. */
  close(): void {
    for (const connection of this.#open) connection.close();
  }
}

function decode(answer: Uint8Array, asked: string): StatusResponse {
  try {
    return fromBinary(StatusResponseSchema, answer);
  } catch (error) {
    throw no("MALFORMED_RESPONSE", `${asked} came back as something else`, error);
  }
}

function judge({ header, leader, isLearner }: StatusResponse, clusterId: string | undefined, asked: string): void {
  if (BigInt(leader) === 0n) throw no("UNAVAILABLE", `${asked} says that it has no leader`);
  if (isLearner) throw no("UNAVAILABLE", `${asked} says that it is still a learner`);
  const answering = BigInt(header?.clusterId ?? 0).toString(16);
  if (clusterId !== undefined && answering !== clusterId) {
    throw no("FOREIGN_CLUSTER", `${asked} says that it is of cluster ${answering}, not of ${clusterId}`);
  }
}

function no(code: DiscoveryErrorCode, message: string, cause?: unknown): DiscoveryError {
  return new DiscoveryError(code, message, { source: "etcd", cause });
}
