import type { Endpoint, EndpointFeed, Snapshot } from "@rollcall/core";
import type { RocketmqNameservers } from "./rocketmq-nameservers-metadata.js";
import { rocketmqRefusal } from "./rocketmq-refusal.js";

/** @throws DiscoveryError `INVALID_OPTIONS` if what a sink was given is no feed, or has told already that it is one of others than nameservers. */
export function requireNameserversFeed(feed: EndpointFeed<RocketmqNameservers>): void {
  if (typeof feed?.subscribe !== "function") {
    throw rocketmqRefusal("INVALID_OPTIONS", "the first argument is not an endpoint feed; pass a MetadataPoller");
  }
  if (feed.snapshot !== undefined) nameserversOf(feed.snapshot);
}

/**
 * The nameservers in use. In JavaScript nothing keeps anybody from passing the feed of brokers, which clients would then take for nameservers.
 *
 * @throws DiscoveryError `INVALID_OPTIONS` if the metadata say that these are others. Metadata of one's own that do not say are believed.
 */
export function nameserversOf({ endpoints, metadata }: Snapshot<RocketmqNameservers>): readonly Endpoint[] {
  const { kind = "nameservers" } = Object(metadata) as { readonly kind?: unknown };
  if (kind === "nameservers") return endpoints;
  throw rocketmqRefusal("INVALID_OPTIONS", `this is the feed of ${kind}, not of nameservers; pass a MetadataPoller of rocketmqNameservers`);
}
