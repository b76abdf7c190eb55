/**
 * A live `@grpc/grpc-js` channel from a Rollcall poller: {@link grpcTarget} makes the target string.
 *
 * @packageDocumentation
 */
export type { GrpcModule, GrpcUri, ListeningResolver, ResolverClass } from "./grpc-module.js";
export { type GrpcTargetOptions, grpcTarget } from "./grpc-target.js";
