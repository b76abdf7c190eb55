import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { hostPort } from "@rollcall/core";
import type { EtcdMetadata } from "@rollcall/etcd";
import { portChannel } from "./worker-channel.js";
import { WorkerClient } from "./worker-client.js";
import { WorkerFeed } from "./worker-feed.js";

// What a worker thread runs: a client that calls a member whenever the main thread wants it. The feed keeps no thread alive, so it ends once it
// has been told to close.

const { feed: port } = workerData as { readonly feed: MessagePort };
const feed = new WorkerFeed<EtcdMetadata>(portChannel(port));
const client = new WorkerClient(feed);

feed.subscribe(
  ({ endpoints, aside }) => parentPort?.postMessage({ uses: endpoints.map(hostPort.format), aside: aside.map(hostPort.format) }),
  {
    metadata: true,
  },
);

parentPort?.on("message", async (wish: "call" | "refresh" | "close") => {
  if (wish === "call") parentPort?.postMessage({ called: await client.call() });
  if (wish === "refresh") parentPort?.postMessage({ refreshed: (await feed.refresh()).endpoints.length });
  if (wish === "close") {
    parentPort?.close();
    client.close();
    await feed[Symbol.asyncDispose]();
  }
});
