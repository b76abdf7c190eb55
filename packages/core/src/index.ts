/**
 * Rollcall's core: a {@link MetadataSource} says how to ask a cluster for its members, the poller decides when to ask, what to
 * believe and whom to tell, and an {@link EndpointSink} is how a client takes a new set.
 *
 * @packageDocumentation
 */
export { type AllowHostsOptions, allowHosts } from "./allow-hosts.js";
export { type AskOptions, askCandidates } from "./ask-candidates.js";
export { type Clock, systemClock } from "./clock.js";
export { type ClusterPin, type ClusterPinOptions, clusterPin } from "./cluster-pin.js";
export type { DiagnosticsMessages, PollTrace } from "./diagnostics.js";
export { DiscoveryError, type DiscoveryErrorCode, discoveryErrorCodes, isDiscoveryError, toDiscoveryError } from "./discovery-error.js";
export type { Endpoint, MapEndpoint } from "./endpoint.js";
export type { EndpointFeed, EndpointSink, SubscribeOptions, Subscription } from "./endpoint-feed.js";
export { fromSeeds } from "./from-seeds.js";
export { MetadataPoller } from "./metadata-poller.js";
export type { FetchContext, MetadataSource, Seeds, WatchContext } from "./metadata-source.js";
export type { PollerOptions } from "./poller-options.js";
export { type Select, select } from "./select.js";
export { type Guard, type ShrinkGuardOptions, shrinkGuard } from "./shrink-guard.js";
export type { AsideMember, Diff, Snapshot, Status } from "./snapshot.js";
