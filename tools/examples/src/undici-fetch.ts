import type { EndpointFeed } from "@rollcall/core";
import { undiciDispatcher } from "@rollcall/undici";
import { Agent, type Dispatcher, interceptors, Pool } from "undici";

/**
 * What an application gives to `fetch` as `dispatcher`, or to `setGlobalDispatcher`: these origins are clusters, every other one is what it
 * was, redirects from one to the other included. Requests that may be repeated are, at another member, when one answers that it cannot
 * serve now. Closing it ends its subscriptions; the pollers are the caller's.
 *
 * @param clusters - by origin, such as `http://orders.cluster`
 * @param options - of the connections to everybody, members or not
 */
export function clusterAgent(clusters: Readonly<Record<string, EndpointFeed>>, options: Pool.Options = {}): Dispatcher {
  const agent = new Agent({
    ...options,
    factory: (origin, pool) => {
      const feed = clusters[new URL(origin).origin];
      return feed === undefined ? new Pool(origin, pool) : undiciDispatcher(feed, { pool });
    },
  });
  // Of statuses only: after an error undici would ask the next member for the rest of an answer that another one has begun.
  const repeated = interceptors.retry({
    maxRetries: 2,
    minTimeout: 10,
    methods: ["GET", "HEAD"],
    statusCodes: [502, 503],
    errorCodes: [],
  });
  return agent.compose(repeated);
}
