import { createServer } from "node:http";
import { hostPort } from "@rollcall/core";
import type { EtcdMetadata } from "@rollcall/etcd";
import { processChannel } from "./worker-channel.js";
import { WorkerClient } from "./worker-client.js";
import { WorkerFeed } from "./worker-feed.js";

// What a worker process runs: a server whose port all workers share. Every request calls a member of the cluster.

const feed = new WorkerFeed<EtcdMetadata>(processChannel(process, "etcd"));
const client = new WorkerClient(feed);
const server = createServer(async (_request, response) => response.end(JSON.stringify({ pid: process.pid, called: await client.call() })));
server.listen(0, "127.0.0.1");

feed.subscribe(({ endpoints, aside }) => process.send?.({ uses: endpoints.map(hostPort.format), aside: aside.map(hostPort.format) }), {
  metadata: true,
});

process.once("SIGTERM", async () => {
  server.close();
  client.close();
  await feed[Symbol.asyncDispose]();
  process.disconnect(); // nothing is left, so the process ends
});
