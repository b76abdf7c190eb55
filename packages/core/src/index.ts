/**
 * Rollcall's core: a {@link MetadataSource} says how to ask a cluster for its members, the poller decides when to ask, what to
 * believe and whom to tell, and an {@link EndpointSink} is how a client takes a new set.
 *
 * @packageDocumentation
 */
export { allowHosts } from "./allow-hosts.js";
export { askCandidates } from "./ask-candidates.js";
export { candidateOrder } from "./candidate-order.js";
export { type Clock, systemClock } from "./clock.js";
export { clusterPin } from "./cluster-pin.js";
export type { DiagnosticsMessages } from "./diagnostics.js";
export { DiscoveryError, type DiscoveryErrorCode, isDiscoveryError, toDiscoveryError } from "./discovery-error.js";
export { dnsSeeds, srvSeeds } from "./dns-seeds.js";
export type { Endpoint, MapEndpoint } from "./endpoint.js";
export type { EndpointFeed, EndpointSink, SubscribeOptions, Subscription } from "./endpoint-feed.js";
export { fileSnapshotStore } from "./file-snapshot-store.js";
export { fromSeeds } from "./from-seeds.js";
export { hostPort } from "./host-port.js";
export { invalidOptions } from "./invalid-options.js";
export { type LiveClient, liveClient } from "./live-client.js";
export { MetadataPoller } from "./metadata-poller.js";
export type { FetchContext, MetadataSource, Seeds, WatchContext } from "./metadata-source.js";
export type { PollerOptions } from "./poller-options.js";
export { PollerRegistry } from "./poller-registry.js";
export { type Select, select } from "./select.js";
export { type Guard, shrinkGuard } from "./shrink-guard.js";
export type { Diff, Snapshot, Status } from "./snapshot.js";
export type { SnapshotStore } from "./snapshot-store.js";
