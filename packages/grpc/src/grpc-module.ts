import * as grpcJs from "@grpc/grpc-js";
import { DiscoveryError } from "@rollcall/core";
import type { BalancingParts } from "./balancing.js";

/** A parsed target, as grpc-js gives it to a resolver. */
export interface GrpcUri {
  /** What is before the colon, which says whose resolver is asked. */
  readonly scheme?: string | undefined;
  /** What is between `//` and the next slash. */
  readonly authority?: string | undefined;
  /** All that follows. */
  readonly path: string;
}

/** One channel's resolver. `destroy()` is not final: an idle channel calls `updateResolution()` again when it wakes. */
export interface ListeningResolver {
  /** The channel wants addresses; answered later, or never, but not synchronously. */
  updateResolution(): void;
  /** Nothing is told any more until the next `updateResolution()`. */
  destroy(): void;
}

/** What is registered with grpc-js, typed structurally because `experimental` does not export all of it. */
export interface ResolverClass {
  new (target: GrpcUri, listener: unknown, channelOptions: object): ListeningResolver;
  /** The `:authority` of calls. */
  getDefaultAuthority(target: GrpcUri): string;
}

/** The part of a copy of `@grpc/grpc-js` that is used here: pass `import * as grpc from "@grpc/grpc-js"`. */
export interface GrpcModule {
  /** Metadata of calls; a copy's channels take only their own. */
  readonly Metadata: new () => object;
  /** Where grpc-js keeps its resolvers and balancing policies. */
  readonly experimental: {
    /** Has channels ask `resolverClass` about targets of this scheme. */
    registerResolver(scheme: string, resolverClass: ResolverClass): void;
  };
}

/** The same, with the parts that a user need not know of. */
export interface UsableGrpc extends GrpcModule {
  readonly experimental: GrpcModule["experimental"] & BalancingParts;
}

/** The copy that this package resolves. */
export const ownGrpcModule: GrpcModule = grpcJs;

/** `endpointToString` is not called: it came with the list of endpoints that a listener takes since 1.10. */
const NEEDED: readonly (keyof BalancingParts | "registerResolver" | "endpointToString")[] = [
  "registerResolver",
  "endpointToString",
  "registerLoadBalancerType",
  "selectLbConfigFromList",
  "parseDuration",
  "createChildChannelControlHelper",
  "ChildLoadBalancerHandler",
  "BaseSubchannelWrapper",
];

/**
 * Refuses what cannot take a resolver and a balancing policy: something that is no copy of grpc-js, and copies before 1.10, whose
 * listener looks like a newer one but expects another list.
 *
 * @throws DiscoveryError `INVALID_OPTIONS`
 */
export function assertGrpcModule(candidate: unknown): asserts candidate is UsableGrpc {
  const { Metadata, experimental } = (candidate ?? {}) as Record<string, unknown>;
  const parts = (experimental ?? {}) as Record<string, unknown>;
  const missing = NEEDED.filter((name) => typeof parts[name] !== "function").map((name) => `experimental.${name}`);
  if (typeof Metadata !== "function") missing.unshift("Metadata");
  if (missing.length === 0) return;
  throw new DiscoveryError(
    "INVALID_OPTIONS",
    `option grpc is not a module of @grpc/grpc-js 1.12 or newer (it has no ${missing.join(", no ")}); pass what ` +
      '`import * as grpc from "@grpc/grpc-js"` gives, and update an older copy',
    { source: "grpc" },
  );
}
