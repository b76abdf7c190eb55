import { type Endpoint, type EndpointFeed, hostPort, type LiveClient, liveClient } from "@rollcall/core";
import { Etcd3, EtcdLeaseInvalidError, type IOptions, type Namespace, type WatchBuilder } from "etcd3";
import { keepAlive } from "./carried-lease.js";
import { CarriedWatch, type WatchListener } from "./carried-watch.js";

/** etcd3 (1.1.2) sets no deadline, so that a request to a frozen member would never end, and no keepalive, so that a stream to it would not either. */
const OPTIONS: Omit<IOptions, "hosts"> = {
  defaultCallOptions: ({ isStream }) => (isStream ? {} : { deadline: Date.now() + 2_000 }),
  grpcOptions: { "grpc.keepalive_time_ms": 10_000, "grpc.keepalive_timeout_ms": 5_000 },
};

/**
 * The npm client `etcd3` on the members of a cluster, whoever they are. That client is constructed with its hosts and never learns of another, so it is made anew when the members change;
 * watches and leases, which are bound to one client, go on with the next.
 */
export class LiveEtcd3 implements AsyncDisposable {
  /** For requests. Await `ready()`, or read `current`, for each: a client that was replaced is closed half a minute later. */
  readonly client: LiveClient<Etcd3>;
  readonly #watches = new Set<CarriedWatch>();
  readonly #life = new AbortController();
  #newest: Etcd3 | undefined;

  /** @param options - those of `new Etcd3`. Its retries and breakers, three tries on other hosts and five seconds without a host that failed three times, are right as they are. */
  constructor(feed: EndpointFeed, options: Omit<IOptions, "hosts"> = {}) {
    const create = (members: readonly Endpoint[]): Etcd3 => {
      const client = new Etcd3({ ...OPTIONS, ...options, hosts: members.map(url) });
      for (const watch of this.#watches) watch.moveTo(client);
      this.#newest = client;
      return client;
    };
    this.client = liveClient(feed, create, { dispose: (client) => client.close() });
  }

  /**
   * Tells every event once and in order, whatever becomes of the members, until the function that it returns is called. To miss nothing, read what there is first and watch after that.
   *
   * @param builder - what to watch, such as `(client) => client.watch().prefix("jobs/")`
   * @param after - the revision of what was read: `header.revision` of an answer
   */
  watch(builder: (client: Namespace) => WatchBuilder, after: string, listener: WatchListener): () => void {
    this.#life.signal.throwIfAborted();
    const watch = new CarriedWatch(builder, after, listener);
    this.#watches.add(watch);
    if (this.#newest !== undefined) watch.moveTo(this.#newest);
    return () => {
      this.#watches.delete(watch);
      watch.end();
    };
  }

  /**
   * Grants a lease and keeps it alive on whichever client is there. Resolves with its id, for `put(…).lease(id)`; `leaseClient.leaseRevoke({ ID: id })` ends it.
   *
   * @param lost - called once when it is over: expired, revoked, or not confirmed for so long that it may be. Grant another one and put its keys again
   */
  async lease(ttlS: number, lost: (error: EtcdLeaseInvalidError) => void): Promise<string> {
    const { leaseClient } = await this.client.ready();
    const { ID } = await leaseClient.leaseGrant({ TTL: ttlS });
    keepAlive(this.client, ID, ttlS * 1_000, this.#life.signal).then(
      () => lost(new EtcdLeaseInvalidError(ID)),
      () => undefined, // disposed: etcd ends the lease in its time
    );
    return ID;
  }

  /** Ends every watch, lets leases expire, and closes the clients. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort();
    for (const watch of this.#watches) watch.end();
    await this.client[Symbol.asyncDispose]();
  }
}

function url({ attributes, ...at }: Endpoint): string {
  return `${attributes?.["scheme"]}://${hostPort.format(at)}`;
}
