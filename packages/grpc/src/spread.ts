import { hash } from "node:crypto";
import { type Endpoint, hostPort } from "@rollcall/core";
import type { GrpcAddress, GrpcEndpoint } from "./answer.js";

/** What counts as a TLS name. */
const TLS_NAME = /^[^\p{C}\s]+$/u;

/** What makes a name absolute where it is dialled. As a TLS name it must not be sent (RFC 6066, section 3): Go hangs up. */
const FINAL_DOT = /(?<=.)\.$/;

/**
 * Endpoints for grpc-js, each address once, in an order of this seed's own. `pick_first` uses the first that answers, so an
 * order that all clients share would send them all to the same member. An endpoint's place depends only on the seed and its
 * id: those that stay keep their order when others come and go. Of several endpoints with one address the first counts.
 */
export function spread(endpoints: readonly Endpoint[], seed: string): readonly GrpcEndpoint[] {
  const byAddress = new Map<string, Endpoint>();
  for (const endpoint of endpoints) {
    const address = hostPort.format(endpoint);
    if (!byAddress.has(address)) byAddress.set(address, endpoint);
  }
  return [...byAddress.values()]
    .map((endpoint) => ({ endpoint, place: hash("sha1", `${seed}/${endpoint.id}`) }))
    .sort((a, b) => (a.place < b.place ? -1 : 1))
    .map(({ endpoint }) => ({ addresses: [addressOf(endpoint)] }));
}

/** Whether two lists are the same addresses, of members with the same TLS names, in the same order. */
export function sameAddresses(a: readonly GrpcEndpoint[], b: readonly GrpcEndpoint[]): boolean {
  return a.length === b.length && a.every((endpoint, i) => textOf(endpoint) === textOf(b[i]));
}

function addressOf({ host, port, attributes }: Endpoint): GrpcAddress {
  const given = attributes?.["tlsName"];
  const name = typeof given === "string" && TLS_NAME.test(given) ? given : host;
  return { host, port, tlsName: name.replace(FINAL_DOT, "") };
}

function textOf(endpoint: GrpcEndpoint | undefined): string | undefined {
  return endpoint?.addresses.map((address) => `${hostPort.format(address)} ${address.tlsName}`).join();
}
