import { Client, credentials } from "@grpc/grpc-js";
import { dnsSeeds, fromSeeds, MetadataPoller } from "@rollcall/core";
import { grpcTarget } from "@rollcall/grpc";

/** A client of every ready pod of a service, and the poller that it follows. Close both when done. */
export interface ServiceClient {
  readonly client: Client;
  readonly poller: MetadataPoller<readonly string[]>;
}

/**
 * One gRPC client for all pods behind a Kubernetes headless service. DNS lists the pods that are ready; they are replaced one by one, and
 * calls go to whoever is there now. The client is never made anew.
 *
 * @param service - the name of the service in one's own namespace, or `service.namespace`
 * @param port - the port that the pods serve on
 * @param resolver - asks these name servers, with the full name, instead of the system's
 */
export function headlessService(
  service: string,
  port: number,
  resolver?: NonNullable<Parameters<typeof dnsSeeds>[2]>["resolver"],
): ServiceClient {
  // CoreDNS lets answers live for 5 s, so asking more often brings nothing; a lost connection causes a question at once.
  const poller = new MetadataPoller(fromSeeds(dnsSeeds(service, port, { resolver })), { intervalMs: 5_000 });
  const roundRobin = JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }], methodConfig: [] });
  const client = new Client(grpcTarget(poller), credentials.createInsecure(), { "grpc.service_config": roundRobin });
  return { client, poller };
}
