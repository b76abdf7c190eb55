import { type Endpoint, type EndpointFeed, hostPort } from "@rollcall/core";
import { nameserversOf, requireNameserversFeed } from "./nameservers-feed.js";
import type { RocketmqNameservers } from "./rocketmq-nameservers-metadata.js";
import { rocketmqRefusal } from "./rocketmq-refusal.js";

/** A list for the option `nameSrv` of ali-ons, changed in place. It stays as it is once it is disposed or its feed has closed. */
export interface NameServerArray extends Array<string>, Disposable, AsyncDisposable {
  /** Leaves the feed. */
  [Symbol.dispose](): void;
  /** The same, and waits for a change in progress. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * The nameservers in use, as an array that changes whenever they do. ali-ons keeps the array that it is given as `nameSrv` and takes the next address from it at every question
 * (`lib/remoting_client.js`), so it is on the new nameservers at its next route poll, 30 s at most; what it is given as `onsAddr` it reads again only when a connection has closed.
 *
 * It is never empty. IPv6 addresses are left out, because ali-ons cuts an address at its first colon; while there are no others, the array stays as it was.
 *
 * It subscribes until it is disposed, so that the feed polls.
 *
 * @param feed - usually a `MetadataPoller` of `rocketmqNameservers`
 * @returns with the first set; rejects as `feed.ready()` does, and with a DiscoveryError `EMPTY_METADATA` when the first set has only IPv6 addresses, `INVALID_OPTIONS` when `feed` is no feed
 * or one of others than nameservers
 */
export async function nameServerArray(feed: EndpointFeed<RocketmqNameservers>): Promise<NameServerArray> {
  requireNameserversFeed(feed);
  const addresses: string[] = [];
  const take = (endpoints: readonly Endpoint[]): void => {
    const next = new Set(endpoints.filter(({ host }) => !host.includes(":")).map(hostPort.format));
    if (next.size > 0) addresses.splice(0, addresses.length, ...next);
  };
  const subscription = feed.subscribe((snapshot) => take(nameserversOf(snapshot)));
  try {
    const first = await feed.ready();
    const endpoints = nameserversOf(feed.snapshot ?? first); // the subscription may have brought a newer one
    take(endpoints);
    if (addresses.length === 0) throw rocketmqRefusal("EMPTY_METADATA", `ali-ons can use none of the nameservers: ${printed(endpoints)}`);
  } catch (error) {
    subscription[Symbol.dispose]();
    throw error;
  }
  // Not enumerable: whoever looks at the array sees addresses.
  return Object.defineProperties(addresses, {
    [Symbol.dispose]: { value: () => subscription[Symbol.dispose]() },
    [Symbol.asyncDispose]: { value: () => subscription[Symbol.asyncDispose]() },
  }) as NameServerArray;
}

function printed(endpoints: readonly Endpoint[]): string {
  return endpoints.length === 0 ? "there are none" : `${endpoints.map(hostPort.format).join(", ")} are IPv6 addresses`;
}
