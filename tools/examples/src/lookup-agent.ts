import { Agent, request } from "node:http";
import type { Socket } from "node:net";
import { fromSeeds, MetadataPoller, type Seeds } from "@rollcall/core";
import { type EndpointLookup, endpointLookup } from "@rollcall/core/sinks";

/** Node's own HTTP client on a cluster. End it with `close`. */
export interface OrdersClient {
  readonly poller: MetadataPoller<readonly string[]>;
  /** For other protocols: `net.connect({ host: "orders.cluster", port, lookup })`. */
  readonly lookup: EndpointLookup;
  /** The body of the answer to `GET http://orders.cluster:port/path`. */
  get(path: string): Promise<string>;
  close(): Promise<void>;
}

/**
 * Requests to `http://orders.cluster`, a name that no DNS knows: they go to whoever is a member now, and a member that is down or silent costs no request, because Node
 * goes on to the next address. Of such a member the poller is told, so that the next set comes soon.
 *
 * @param members - `host:port`, all with one port: a list, or a function that reads it from wherever it is
 * @param port - that port
 */
export function ordersClient(members: Seeds, port: number): OrdersClient {
  const poller = new MetadataPoller(fromSeeds(members), { minIntervalMs: 100 });
  const lookup = endpointLookup({ "orders.cluster": poller });
  const agent = new Agent({ lookup }); // without keepAlive each request connects, and so begins with the next member
  const tellOfFailures = (socket: Socket): void => {
    const tell = (host: string, port: number, _family: number, cause: unknown = "no answer within 250 ms"): void =>
      poller.suspect({ host, port }, { cause });
    socket.on("connectionAttemptFailed", tell).on("connectionAttemptTimeout", tell); // whoever refuses, and whoever is silent
  };
  return {
    poller,
    lookup,
    get: (path) =>
      new Promise((resolve, reject) => {
        const sent = request({ host: "orders.cluster", port, path, agent }, (response) => {
          response
            .setEncoding("utf8")
            .toArray()
            .then((pieces) => resolve(pieces.join("")), reject);
        });
        sent.once("socket", tellOfFailures).once("error", reject).end();
      }),
    close: async () => {
      agent.destroy();
      lookup[Symbol.dispose]();
      await poller.close();
    },
  };
}
