import { hash } from "node:crypto";
import type { Endpoint } from "@rollcall/core";
import type { GrpcEndpoint } from "./answer.js";

/**
 * Endpoints for grpc-js, each address once, in an order of this seed's own. `pick_first` uses the first that answers, so an
 * order that all clients share would send them all to the same member. An endpoint's place depends only on the seed and its
 * id: those that stay keep their order when others come and go.
 */
export function spread(endpoints: readonly Endpoint[], seed: string): readonly GrpcEndpoint[] {
  const placed = endpoints.map((endpoint) => ({ endpoint, place: hash("sha1", `${seed}/${endpoint.id}`) }));
  placed.sort((a, b) => (a.place < b.place ? -1 : 1));
  const byAddress = new Map<string, GrpcEndpoint>();
  for (const { endpoint } of placed) {
    const { host, port } = endpoint;
    const address = hostPort(endpoint);
    if (!byAddress.has(address)) byAddress.set(address, { addresses: [{ host, port }] });
  }
  return [...byAddress.values()];
}

/** Whether two lists are the same addresses in the same order. */
export function sameAddresses(a: readonly GrpcEndpoint[], b: readonly GrpcEndpoint[]): boolean {
  return a.length === b.length && a.every((endpoint, i) => addressesOf(endpoint) === addressesOf(b[i]));
}

/** `host:port`, an IPv6 host in brackets. */
export function hostPort({ host, port }: Pick<Endpoint, "host" | "port">): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function addressesOf(endpoint: GrpcEndpoint | undefined): string | undefined {
  return endpoint?.addresses.map(hostPort).join();
}
