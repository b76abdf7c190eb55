import * as grpcJs from "@grpc/grpc-js";
import { DiscoveryError } from "@rollcall/core";

/** A parsed target, as grpc-js gives it to a resolver. */
export interface GrpcUri {
  readonly scheme?: string | undefined;
  readonly authority?: string | undefined;
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
  /** The `:authority` of calls, and the name a TLS certificate must carry. */
  getDefaultAuthority(target: GrpcUri): string;
}

/** The part of a copy of `@grpc/grpc-js` that is used here: pass `import * as grpc from "@grpc/grpc-js"`. */
export interface GrpcModule {
  readonly Metadata: new () => object;
  readonly experimental: {
    registerResolver(scheme: string, resolverClass: ResolverClass): void;
  };
}

/** The copy that this package resolves. */
export const ownGrpcModule: GrpcModule = grpcJs;

/**
 * Refuses what cannot take a resolver: something that is no copy of grpc-js, and copies before 1.10, whose listener looks
 * like a newer one but expects another list. `experimental.endpointToString` came with the list used here.
 *
 * @throws DiscoveryError `INVALID_OPTIONS`
 */
export function assertGrpcModule(candidate: unknown): asserts candidate is GrpcModule {
  const { Metadata, experimental } = (candidate ?? {}) as Record<string, unknown>;
  const { registerResolver, endpointToString } = (experimental ?? {}) as Record<string, unknown>;
  if ([Metadata, registerResolver, endpointToString].every((needed) => typeof needed === "function")) return;
  throw new DiscoveryError(
    "INVALID_OPTIONS",
    "option grpc is not a module of @grpc/grpc-js 1.12 or newer (no Metadata, experimental.registerResolver or " +
      'experimental.endpointToString); pass what `import * as grpc from "@grpc/grpc-js"` gives, and update an older copy',
    { source: "grpc" },
  );
}
