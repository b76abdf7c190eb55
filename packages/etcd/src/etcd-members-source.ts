import {
  askCandidates,
  type Clock,
  clusterPin,
  DiscoveryError,
  type DiscoveryErrorCode,
  type Endpoint,
  type FetchContext,
  type MapEndpoint,
  type MetadataSource,
  systemClock,
  type WatchContext,
} from "@rollcall/core";
import type { EtcdAddress } from "./etcd-address.js";
import { type Candidate, candidates, otherAddresses, schemeless } from "./etcd-candidates.js";
import { askMemberList } from "./etcd-member-list.js";
import {
  type EtcdMetadata,
  type MemberListAnswer,
  memberEndpoints,
  NO_ID,
  readMemberList,
  readStored,
  sameMembers,
} from "./etcd-members-metadata.js";
import { type EtcdMembersOptions, type EtcdMembersSettings, etcdMembersSettings } from "./etcd-members-options.js";
import { keepingOrder } from "./etcd-srv-seeds.js";
import type { EtcdTlsOptions } from "./etcd-tls-options.js";
import { EtcdTokens, type TokenRound } from "./etcd-tokens.js";
import { type EtcdConnection, type EtcdTransport, grpcTransport } from "./etcd-transport.js";
import { HeldConnections } from "./held-connections.js";
import { LoopbackGuard } from "./loopback.js";
import { MemberProbes } from "./member-probes.js";

/** What the source reaches the world through. */
interface EtcdMembersContext {
  readonly transport: (tls: EtcdTlsOptions | undefined) => EtcdTransport;
  readonly clock: Clock;
}

/**
 * The members of an etcd cluster that can take client requests: every client URL of every started voter. One poll is one
 * linearizable `MemberList` (`api/etcdserverpb/rpc.proto`) over one connection; that one and a spare are kept while polling lasts. Whether
 * a member serves is asked by one `Status` over a connection of its own.
 *
 * Fetching rejects with `UNAVAILABLE`, `TIMEOUT`, `UNAUTHENTICATED`, `MALFORMED_RESPONSE`, `EMPTY_METADATA` or
 * `FOREIGN_CLUSTER`, naming what each member that was asked said.
 *
 * @throws DiscoveryError `INVALID_OPTIONS` naming the option, what was given and what is allowed.
 */
export function etcdMembers(options: EtcdMembersOptions): MetadataSource<EtcdMetadata> {
  return etcdMembersSource(options, { transport: grpcTransport, clock: systemClock });
}

/** `etcdMembers` with a transport and a clock of one's own. */
export function etcdMembersSource(options: EtcdMembersOptions, context: EtcdMembersContext): MetadataSource<EtcdMetadata> {
  return new EtcdMembersSource(etcdMembersSettings(options), context);
}

interface Answer {
  readonly connection: EtcdConnection;
  readonly list: MemberListAnswer;
}

interface Attempt {
  readonly opened: Set<EtcdConnection>;
  readonly tokens: TokenRound;
  readonly signal: AbortSignal;
}

class EtcdMembersSource implements MetadataSource<EtcdMetadata> {
  readonly key: string;
  readonly #settings: EtcdMembersSettings;
  readonly #transport: EtcdTransport;
  readonly #clock: Clock;
  readonly #tokens: EtcdTokens;
  readonly #pin: ReturnType<typeof clusterPin>;
  readonly #held: HeldConnections;
  readonly #probes: MemberProbes;
  readonly #loopback: LoopbackGuard;

  constructor(settings: EtcdMembersSettings, { transport, clock }: EtcdMembersContext) {
    const { clusterId, foreign, hedgeAfterMs } = settings;
    this.key = settings.key;
    this.#settings = settings;
    this.#transport = transport(settings.tls);
    this.#clock = clock;
    this.#tokens = new EtcdTokens(settings.auth, { hedgeAfterMs, clock });
    this.#held = new HeldConnections({
      connect: (address) => this.#transport.connect(address),
      timeoutMs: settings.attemptTimeoutMs,
      clock,
    });
    this.#probes = new MemberProbes(this.#transport, this.#tokens, settings.secure);
    this.#loopback = new LoopbackGuard(settings);
    this.#pin = clusterPin({ clusterId, foreign, source: "etcd", clock });
  }

  async fetch({ known, signal, mapEndpoint }: FetchContext<EtcdMetadata>): Promise<EtcdMetadata> {
    const { secure, hedgeAfterMs, attemptTimeoutMs } = this.#settings;
    const order = keepingOrder(this.#settings.seeds, () => this.#clock.random());
    const opened = new Set<EtcdConnection>();
    const tokens = this.#tokens.round();
    try {
      const { from, answer } = await askCandidates(
        candidates({ held: this.#held.addresses, known, secure, signal, ...order }),
        (candidate, attempt) => this.#ask(candidate, { opened, tokens, signal: attempt.signal }),
        { signal, hedgeAfterMs, attemptTimeoutMs, source: "etcd", describe: ({ url }) => url, clock: this.#clock },
      );
      if ("address" in from && this.#keep(from.address, answer, mapEndpoint)) opened.delete(answer.connection);
      return answer.list.metadata;
    } catch (error) {
      // The round ran out of time: asked first again, a silent member could use up the next one as well.
      if (signal.aborted) this.#held.letGo();
      throw error;
    } finally {
      tokens.end();
      for (const connection of opened) connection.close();
    }
  }

  endpoints(metadata: EtcdMetadata): readonly Endpoint[] {
    return memberEndpoints(this.#loopback.usable(metadata), schemeless(this.#settings.secure));
  }

  sameMetadata(before: EtcdMetadata, after: EtcdMetadata): boolean {
    return sameMembers(before, after);
  }

  probe(endpoint: Endpoint, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    return this.#probes.check(endpoint, { signal, clusterId: this.#pin.id });
  }

  restore(stored: unknown): EtcdMetadata {
    const metadata = readStored(stored);
    const { clusterId, seeds } = this.#settings;
    if (clusterId !== undefined && metadata.clusterId !== clusterId) {
      throw refused("FOREIGN_CLUSTER", `what was stored is of cluster ${metadata.clusterId}, but clusterId is ${clusterId}`);
    }
    // An answer without endpoints is never stored, so these were some; what a list of seeds leads to is known without it.
    if (typeof seeds === "function" && this.endpoints(metadata).length === 0) this.#loopback.restored();
    this.#requireVoters(metadata);
    return metadata;
  }

  watch(context: WatchContext): void {
    this.#held.watch(context);
  }

  async close(): Promise<void> {
    this.#held.close();
    this.#probes.close();
  }

  /** One attempt of a round. A connection of its own goes into `opened`, which the round closes if nobody keeps it. */
  async #ask(candidate: Candidate, { opened, tokens, signal }: Attempt): Promise<Answer> {
    if ("refused" in candidate) throw candidate.refused;
    const held = this.#held.to(candidate.url);
    const connection = held ?? this.#transport.connect(candidate.address);
    if (held === undefined) opened.add(connection);
    const bytes = await askMemberList(connection, tokens, { signal, timeoutMs: this.#settings.attemptTimeoutMs });
    signal.throwIfAborted(); // whoever nobody waits for any more must not pin its cluster
    const list = readMemberList(bytes);
    this.#loopback.reached(candidate.address.host, () => this.#accept(list.metadata));
    return { connection, list };
  }

  /** Holds the connection that was answered on, unless that member is no endpoint. */
  #keep(address: EtcdAddress, { connection, list }: Answer, map: MapEndpoint | undefined): boolean {
    const { answeredBy, metadata } = list;
    const isEndpoint = answeredBy === NO_ID || this.endpoints(metadata).some(({ id }) => id === answeredBy);
    const others = otherAddresses({ metadata: this.#loopback.usable(metadata), answeredBy }, address, this.#settings.secure, map);
    if (isEndpoint) this.#held.answered({ address, connection }, others);
    else this.#held.letGo();
    return isEndpoint;
  }

  /** The pin comes last, because it remembers the first cluster it is shown. */
  #accept(metadata: EtcdMetadata): void {
    this.#loopback.warn(metadata);
    this.#requireVoters(metadata);
    if (metadata.clusterId !== undefined) this.#pin.check(metadata.clusterId);
    else if (this.#pin.id !== undefined) {
      // Merged, a proxy's answer would replace the members by the proxy, and theirs the proxy by them.
      const why = this.#settings.clusterId === undefined ? `members of cluster ${this.#pin.id} have answered` : "clusterId is given";
      throw refused("FOREIGN_CLUSTER", `the answer carries no cluster id (a grpc-proxy?), but ${why}; seeds are either proxies or members`);
    }
  }

  #requireVoters(metadata: EtcdMetadata): void {
    if (this.endpoints(metadata).length > 0) return;
    throw refused("EMPTY_METADATA", this.#loopback.complaint(metadata) ?? "no started voter with a client URL is listed");
  }
}

function refused(code: DiscoveryErrorCode, message: string): DiscoveryError {
  return new DiscoveryError(code, message, { source: "etcd" });
}
