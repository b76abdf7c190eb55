import { MessageChannel, Worker } from "node:worker_threads";
import type { EndpointFeed } from "@rollcall/core";
import { portChannel } from "./worker-channel.js";
import { shareFeed } from "./worker-share.js";

/** A worker thread, and its share of the poller. */
export interface SharingWorker {
  readonly worker: Worker;
  /** Dispose it before the poller is closed. It ends by itself when the worker exits, for whatever reason. */
  readonly share: Disposable;
}

/**
 * Starts a worker thread that uses a poller of this thread. It finds the other end in `workerData.feed`.
 *
 * @param feed - the one poller of this process
 * @param program - what the worker runs
 */
export function startWorker<T>(feed: EndpointFeed<T>, program: URL): SharingWorker {
  const { port1, port2 } = new MessageChannel();
  const share = shareFeed(feed, portChannel(port1));
  return { share, worker: new Worker(program, { workerData: { feed: port2 }, transferList: [port2] }) };
}
