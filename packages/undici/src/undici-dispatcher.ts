import type { EndpointFeed } from "@rollcall/core";
import { Client, type Dispatcher, Pool } from "undici";
import { ClusterDispatcher } from "./cluster-dispatcher.js";
import { invalid } from "./invalid.js";
import { assertTlsName } from "./tls-name.js";

/** How requests reach the members. */
export interface UndiciDispatcherOptions {
  /**
   * What each member's connections are made with, as undici's own `Pool` takes it: `connections`, `connectTimeout`, `headersTimeout`,
   * `allowH2`, `connect` with TLS options, and so on. Default: undici's own. Bounds: undici's own, and
   * `connect.servername` is a name without spaces. That one is then the TLS name of every member.
   */
  readonly pool?: Pool.Options | undefined;
}

/**
 * A dispatcher for `fetch` and undici that stands for one service: the host in its URLs is a name of your choice, and each request goes
 * to the next of the members that the feed has in use. A member that left gets no more requests, not even those that waited for a connection
 * of it, and its connections end when those on them have; one that no URL can name gets none, and makes the sink fail; one that comes back is connected anew. Through the first request the dispatcher subscribes, and stays subscribed until it is
 * closed or destroyed, or the poller closes.
 *
 * The origin of the first request is that of all: another one is refused with `INVALID_OPTIONS`, as a redirect to somewhere else is. `Host` is
 * that of the URL. Over TLS a member has to show a certificate for the request's own `servername`, else its attribute `tlsName` (a string, which `mapEndpoint` may set), else for the
 * URL's host.
 *
 * Until a member is known, requests wait as `ready()` does, and fail with what it rejects with. A member is suspected to whom no
 * connection can be made, who loses one with a request on it, or who has not answered a request that it was sent within `headersTimeout` or
 * the time that the caller gave it (`AbortSignal.timeout()`). A request of which nothing was sent goes to another member, each at most once; no other
 * is repeated. After `close()` or `destroy()`, or that of the poller, requests fail with `CLOSED`, those that still wait for a member
 * too. Both can be called more than once, and never reject.
 *
 * @throws DiscoveryError `INVALID_OPTIONS` when `feed` is no feed, or the options are refused, by undici or for a `connect.servername` that is no name
 */
export function undiciDispatcher(feed: EndpointFeed, options: UndiciDispatcherOptions = {}): Dispatcher {
  if (typeof feed?.subscribe !== "function") throw invalid("the first argument is not an endpoint feed; pass a MetadataPoller");
  const unknown = Object.keys(options).find((name) => name !== "pool");
  if (unknown !== undefined) throw invalid(`option ${unknown} is unknown; the only one is pool, which takes the options of undici's Pool`);
  const { pool = {} } = options;
  assertTlsName(pool.connect);
  try {
    // Neither connects to anybody; each checks its own part of the options.
    new Pool("http://rollcall.invalid", pool);
    new Client("http://rollcall.invalid", pool);
  } catch (error) {
    throw invalid(`option pool: undici says "${error instanceof Error ? error.message : String(error)}"`, error);
  }
  return new ClusterDispatcher(feed, pool);
}
