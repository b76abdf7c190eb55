/** One endpoint in the form grpc-js takes; mutable because its own type is. */
export interface GrpcEndpoint {
  addresses: { host: string; port: number }[];
}

/** Whom to use; never empty. The same object (`===`) for as long as the addresses are the same. */
export interface EndpointsAnswer {
  readonly kind: "endpoints";
  readonly endpoints: readonly GrpcEndpoint[];
}

/** What a channel can be told: endpoints, or why there are none. */
export type Answer = EndpointsAnswer | { readonly kind: "error"; readonly details: string };
