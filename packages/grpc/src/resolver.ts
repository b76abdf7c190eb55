import { ChannelResolver } from "./channel-resolver.js";
import type { GrpcUri, ResolverClass, UsableGrpc } from "./grpc-module.js";
import { tellerFor } from "./listener.js";
import { watchingServiceConfig } from "./service-config.js";
import type { SharedFeeds } from "./shared-feeds.js";

/**
 * The class that one copy of grpc-js constructs for each channel on one of the feeds.
 *
 * @param policy - the watching policy's name
 */
export function resolverClass(feeds: SharedFeeds, grpc: UsableGrpc, policy: string): ResolverClass {
  const { parseDuration } = grpc.experimental;
  return class RollcallResolver extends ChannelResolver {
    constructor(target: GrpcUri, listener: unknown, channelOptions: object) {
      const source = feeds.at(target.path);
      const serviceConfig = watchingServiceConfig(channelOptions, policy, (at, cause) => source.suspect(at, cause), parseDuration);
      super(source, tellerFor(listener, grpc.Metadata, serviceConfig));
    }

    static getDefaultAuthority(target: GrpcUri): string {
      return feeds.at(target.path).authority();
    }
  };
}
