import * as grpc from "@grpc/grpc-js";
import { type SinkHarness, sinkConformance } from "@rollcall/testkit";
import { afterAll, describe, it } from "vitest";
import { grpcTarget } from "../src/index.js";
import { roundRobin, WhoamiClient, WhoamiServer } from "./support/whoami.js";

const servers = await Promise.all(["0", "1", "2", "3"].map((name) => WhoamiServer.start(name)));
afterAll(() => {
  for (const server of servers) server.stop();
});

/** Calls that tell who is used: round robin reaches everybody in as many calls as there are members. */
async function used(client: WhoamiClient) {
  const names = await client.names(servers.length);
  return servers.map(({ endpoint }) => endpoint).filter(({ id }) => names.has(id));
}

sinkConformance(
  "grpcTarget",
  (feed): SinkHarness => {
    const client = new WhoamiClient(grpc, grpcTarget(feed), roundRobin);
    client.channel.getConnectivityState(true); // a channel subscribes when it is first used
    return { held: () => used(client), close: () => client.close() };
  },
  {
    addresses: servers.map(({ endpoint }) => endpoint),
    eventual: true,
    staysSubscribed: true,
    timeoutMs: 10_000,
    runner: { describe, it },
  },
);
