/**
 * One address of one cluster member.
 *
 * A source builds each endpoint with a single object literal; the poller keeps a frozen copy and hands out
 * the same object (`===`) for as long as nothing about it changes.
 */
export interface Endpoint {
  /**
   * Stable identity within the cluster: the etcd member id, the Kafka node id, or `host:port` where the system has
   * none. A member that moves keeps its id, so the move is reported as `changed` and not as a removal.
   */
  readonly id: string;
  /** DNS name, IPv4 address, or IPv6 address without brackets. */
  readonly host: string;
  /** TCP port, 1 to 65535. */
  readonly port: number;
  /** Flat facts about the member (rack, zone, role, scheme); compared key by key, in any order. */
  readonly attributes?: Readonly<Record<string, string | number | boolean>> | undefined;
}

/**
 * Rewrites one endpoint before anything compares it (NAT, port forwarding), or drops it by returning `undefined`.
 * Must be synchronous and must keep the id; an endpoint for which it throws is dropped and reported on the
 * diagnostics channel `rollcall:rejected`.
 */
export type MapEndpoint = (endpoint: Endpoint) => Endpoint | undefined;
