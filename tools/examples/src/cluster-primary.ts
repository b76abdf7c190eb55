import cluster, { type Worker } from "node:cluster";
import type { EndpointFeed } from "@rollcall/core";
import { processChannel } from "./worker-channel.js";
import { shareFeed } from "./worker-share.js";

/**
 * Shares a poller of the primary with every worker that is forked from now on, restarted ones included. A worker's part ends with it.
 *
 * @param feed - the one poller of all processes
 * @param name - what the workers call it; each feed has another one
 * @returns disposing tells all workers that there will be nothing more; do it before the poller is closed
 */
export function shareWithWorkers<T>(feed: EndpointFeed<T>, name: string): Disposable {
  const shares = new Set<Disposable>();
  const share = ({ process }: Worker): void => {
    const one = shareFeed(feed, processChannel(process, name));
    shares.add(one);
    process.once("exit", () => shares.delete(one));
  };
  cluster.on("fork", share);
  return {
    [Symbol.dispose]: () => {
      cluster.off("fork", share);
      for (const one of shares) one[Symbol.dispose]();
    },
  };
}
