import { invalid } from "../check-options.js";
import type { EndpointFeed } from "../endpoint-feed.js";

/** @throws DiscoveryError `INVALID_OPTIONS` for something that cannot be subscribed to */
export function checkFeed(name: string, feed: EndpointFeed): void {
  if (typeof feed?.subscribe !== "function") throw invalid(name, feed, "an EndpointFeed, such as a MetadataPoller");
}
