import * as dns from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { checkNumber, checkOptionNames, invalid } from "../check-options.js";
import { type Clock, systemClock } from "../clock.js";
import type { EndpointFeed } from "../endpoint-feed.js";
import { hostPort } from "../host-port.js";
import { checkFeed } from "./check-feed.js";
import { type LookupSettings, lookupAddresses, lookupError } from "./lookup-addresses.js";
import { NamedFeed } from "./named-feed.js";

/** For the option `lookup` of `net.connect`, `tls.connect`, `http.Agent`, `https.Agent` and whatever hands its options on to these. */
export interface EndpointLookup extends Disposable, AsyncDisposable {
  /** Answers as `dns.lookup` does, always in a later turn. */
  (...args: Parameters<LookupFunction>): void;
  /** Leaves the feeds; whoever waits for members is answered at once. Later calls answer with what the feeds know, and wait for nothing. */
  [Symbol.dispose](): void;
  /** The same. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Gives names to clusters: a connection to such a name goes to a member in use. Every other name is resolved as before.
 *
 * Each call begins with another member, so that connections spread. Node tries the addresses of an answer one after another, 250 ms
 * each (`autoSelectFamily`, the default since Node 20): a member that is down or silent costs a moment, not the request. Where a
 * single address is wanted, that of the next member is given.
 *
 * Members that are listed by name are resolved each time. Once an address is known the answer waits 50 ms for slower names, then it does without them.
 *
 * A lookup tells addresses, never ports: the caller's port is dialled at every member. When members in use listen at different ports the lookup
 * fails, unless `port` chooses one. TLS sees the name that was connected to, not the member's: certificates must carry it, or the caller names another
 * one (`servername`). Nor does a lookup learn how the connection went: tell `feed.suspect` of errors. Connections that an agent keeps stay with
 * their member until one side closes them.
 *
 * Errors are those of `dns.lookup`, so that retries treat them alike: `code` is `ENOTFOUND`, `hostname` the name, `cause` the DiscoveryError that says why:
 * `TIMEOUT` when no address is known within `timeoutMs`, `UNAVAILABLE` when nobody has an address of the wanted family, `INVALID_OPTIONS` for different ports, and the
 * feed's own.
 *
 * A name's first lookup subscribes to its feed, and that lasts until this is disposed or the feed closes; what a closed feed knew is still answered.
 *
 * @param services - who stands behind which host name, such as `orders.cluster`; upper and lower case are the same, and so is a final dot
 * @throws DiscoveryError `INVALID_OPTIONS`
 */
export function endpointLookup(
  services: Readonly<Record<string, EndpointFeed>>,
  options: {
    /** Only members that listen at this port. Default: all, and they must have the same. 1 to 65 535. For every name of this lookup. */
    readonly port?: number | undefined;
    /**
     * How long a lookup may take, in milliseconds: for the first set and for names of members together. Default 10 000. 0 to 86 400 000. With 0 only
     * members count that are known already, and listed by address.
     */
    readonly timeoutMs?: number | undefined;
    /**
     * Resolves all other names, and members that are listed by name. Default `dns.lookup`. A member whose name it does not know, or not in time, is left out.
     */
    readonly lookup?: LookupFunction | undefined;
    /** Default: the system clock. */
    readonly clock?: Clock | undefined;
  } = {},
): EndpointLookup {
  checkOptionNames("endpointLookup", options, ["port", "timeoutMs", "lookup", "clock"]);
  const { port, clock = systemClock, lookup = (...args) => dns.lookup(...args) } = options;
  if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65_535)) {
    throw invalid("endpointLookup port", port, "an integer from 1 to 65535");
  }
  if (typeof lookup !== "function") throw invalid("endpointLookup lookup", lookup, "a function like dns.lookup");
  const timeoutMs = checkNumber("endpointLookup timeoutMs", options.timeoutMs, 10_000, 0, 86_400_000);
  const feeds = namedFeeds(services, (feed) => new NamedFeed(feed, { port, timeoutMs, clock }));

  const find = (...args: Parameters<LookupFunction>): void => {
    const feed = feeds.get(sameName(String(args[0])));
    if (feed === undefined) lookup(...args);
    else answer(feed, args, { lookup, timeoutMs, clock });
  };
  const end = (): void => {
    for (const feed of feeds.values()) feed.end();
  };
  return Object.assign(find, { [Symbol.dispose]: end, [Symbol.asyncDispose]: async () => end() });
}

/** Like `dns.lookup`, this may be called without options, or with a family in their place. */
function answer(feed: NamedFeed, args: readonly unknown[], settings: LookupSettings): void {
  const [hostname, how, callback = how] = args as Parameters<LookupFunction>;
  if (typeof callback !== "function") throw invalid("endpointLookup callback", callback, "a function");
  const options: dns.LookupOptions = typeof how === "number" ? { family: how } : Object(how);
  lookupAddresses(feed, options, settings).then(
    // In a turn of its own: what a callback throws is its caller's, and no rejection of ours.
    (found) => process.nextTick(callback, null, ...(options.all === true ? [found] : [found[0]?.address, found[0]?.family])),
    (error: unknown) => process.nextTick(callback, lookupError(hostname, error)),
  );
}

function namedFeeds(
  services: Readonly<Record<string, EndpointFeed>>,
  name: (feed: EndpointFeed) => NamedFeed,
): ReadonlyMap<string, NamedFeed> {
  const entries = typeof services === "object" && services !== null ? Object.entries(services) : [];
  if (entries.length === 0) throw invalid("endpointLookup services", services, "an object with an EndpointFeed for each host name");
  const feeds = new Map<string, NamedFeed>();
  for (const [host, feed] of entries) {
    // Node asks nobody about an address, and never about a name with a port.
    if (isIP(host) !== 0 || hostPort.parse(host, 1)?.host !== host) {
      throw invalid("endpointLookup, host names", host, "a name without scheme and port, such as orders.cluster");
    }
    checkFeed(`endpointLookup, ${host}`, feed);
    if (feeds.has(sameName(host))) throw invalid("endpointLookup, host names", host, "each name once, whatever its case");
    feeds.set(sameName(host), name(feed));
  }
  return feeds;
}

/** DNS tells neither upper from lower case nor a name with a final dot from one without. */
function sameName(host: string): string {
  return host.toLowerCase().replace(/\.$/, "");
}
