import { randomUUID } from "node:crypto";
import { DiscoveryError, type EndpointFeed } from "@rollcall/core";
import { assertGrpcModule, type GrpcModule, ownGrpcModule } from "./grpc-module.js";
import { resolverClass } from "./resolver.js";
import { SharedFeeds } from "./shared-feeds.js";
import { registerWatchingPolicy } from "./watching-policy.js";

/** With what a target works. */
export interface GrpcTargetOptions {
  /**
   * The copy of `@grpc/grpc-js` that makes the channels. Default: the copy that `@rollcall/grpc` resolves. Any copy of 1.12 or
   * newer; only needed when a process loads several, once for each (the target is the same).
   */
  readonly grpc?: GrpcModule | undefined;
}

/**
 * grpc-js keeps one resolver per scheme, and one balancing policy per name, and the last one wins. So every copy of this package
 * takes a name of its own for both: two copies never have to understand each other's targets.
 */
const SCHEME = `rollcall-${randomUUID().slice(0, 8)}`;

/** Which feed a target names. A resolver is constructed by grpc-js from the target string alone, so this must be findable. */
const feeds = new SharedFeeds();

/**
 * What a target says after its id. A copy of grpc-js without our resolver takes the whole target for a DNS name and answers
 * every call with "Failed to parse DNS address <target>", so the target itself has to say what to do. It fails to parse, at
 * once and without a DNS query, because it holds exactly one colon and no port. And because the path alone, beginning with
 * `[id]`, is no address either, grpc-js does not send the channel to a proxy named in the environment.
 */
const INSTRUCTION =
  "(a copy of @grpc/grpc-js resolves this after grpcTarget(feed, { grpc }) was called with that copy, in the same thread)";

/**
 * A target string for any `@grpc/grpc-js` channel or client, whose addresses are then those of the feed. All channels on one
 * feed share its polling, through one subscription that lasts from the first use of a channel until the poller closes, so
 * that a channel that slept wakes among living members. A lost connection makes the feed poll soon. A member is suspected whose
 * calls end with `DEADLINE_EXCEEDED` or `UNAVAILABLE`, or to whom no connection can be made within a second. The channel's
 * service config stays in force.
 *
 * Until the first snapshot calls wait; once a poll failed they fail with `UNAVAILABLE` and that poll's error (calls with
 * `waitForReady` go on waiting). Each process orders the endpoints in its own way, so that `pick_first` spreads clients.
 *
 * Over TLS, each endpoint has to show a certificate for its own name: the channel's `grpc.ssl_target_name_override`, if it has
 * one, else the endpoint's attribute `tlsName` (a string, which `mapEndpoint` may set), else its host. Node 25 and newer refuse
 * an IP address for a name, older ones warn (DEP0123): give those endpoints a `tlsName`.
 *
 * The default `:authority` is `host:port` of the first endpoint (by id) that was known when one was first needed, and stays
 * that; it is `rollcall` for a channel made before any was known. Set `grpc.default_authority` on the channel to choose another.
 *
 * @throws DiscoveryError `INVALID_OPTIONS` when `feed` is no feed or `grpc` no usable copy of grpc-js; `CLOSED` when the poller is.
 */
export function grpcTarget(feed: EndpointFeed, options: GrpcTargetOptions = {}): string {
  const unknown = Object.keys(options).find((name) => name !== "grpc");
  if (unknown !== undefined) throw invalid(`option ${unknown} is unknown; the only one is grpc`);
  if (typeof feed?.subscribe !== "function") throw invalid("the first argument is not an endpoint feed; pass a MetadataPoller");
  if (feed.status.state === "closed") {
    throw new DiscoveryError("CLOSED", "the poller has been closed; make a new one for a new target", { source: "grpc" });
  }
  const grpc: unknown = options.grpc ?? ownGrpcModule;
  assertGrpcModule(grpc);
  registerWatchingPolicy(SCHEME, grpc);
  grpc.experimental.registerResolver(SCHEME, resolverClass(feeds, grpc, SCHEME));
  return `${SCHEME}:///[${feeds.idOf(feed)}] ${INSTRUCTION}`;
}

function invalid(message: string): DiscoveryError {
  return new DiscoveryError("INVALID_OPTIONS", message, { source: "grpc" });
}
