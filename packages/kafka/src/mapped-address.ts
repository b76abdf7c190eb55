import { type Endpoint, hostPort, type MapEndpoint } from "@rollcall/core";
import { brokerEndpoint } from "./kafka-brokers-metadata.js";

/**
 * Where a broker is asked: as the poller maps it, since nobody may be dialled whom the mapping drops. One that throws, or makes no address of it, drops, as in the poller.
 */
export function mappedAddress(
  map: MapEndpoint = (endpoint) => endpoint,
): (broker: Parameters<typeof brokerEndpoint>[0]) => readonly Endpoint[] {
  return (broker) => {
    try {
      return [map(brokerEndpoint(broker)) ?? []].flat().filter((endpoint) => hostPort.parse(hostPort.format(endpoint)) !== undefined);
    } catch {
      return [];
    }
  };
}
