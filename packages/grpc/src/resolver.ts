import { ChannelResolver } from "./channel-resolver.js";
import type { GrpcModule, GrpcUri, ResolverClass } from "./grpc-module.js";
import { tellerFor } from "./listener.js";
import type { SharedFeeds } from "./shared-feeds.js";

/** The class that one copy of grpc-js constructs for each channel on one of the feeds. */
export function resolverClass(feeds: SharedFeeds, grpc: GrpcModule): ResolverClass {
  return class RollcallResolver extends ChannelResolver {
    constructor(target: GrpcUri, listener: unknown) {
      super(feeds.at(target.path), tellerFor(listener, grpc.Metadata));
    }

    static getDefaultAuthority(target: GrpcUri): string {
      return feeds.at(target.path).authority();
    }
  };
}
