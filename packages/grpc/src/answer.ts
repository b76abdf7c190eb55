/** An address, and the name that the certificate of whoever is there must carry. grpc-js reads only the first two. */
export interface GrpcAddress {
  readonly host: string;
  readonly port: number;
  readonly tlsName: string;
}

/** One endpoint in the form grpc-js takes; mutable because its own type is. */
export interface GrpcEndpoint {
  addresses: GrpcAddress[];
}

/** Whom to use; never empty. The same object (`===`) for as long as the addresses are the same. */
export interface EndpointsAnswer {
  readonly kind: "endpoints";
  readonly endpoints: readonly GrpcEndpoint[];
}

/** What a channel can be told: endpoints, or why there are none. */
export type Answer = EndpointsAnswer | { readonly kind: "error"; readonly details: string };
