import { type SourceHarness, sourceConformance } from "@rollcall/testkit";
import { describe, it } from "vitest";
import { rocketmqNameservers } from "../src/rocketmq-nameservers-source.js";
import {
  type AddressServerMode,
  type RocketmqSimulator,
  type RocketmqTestAddressServer,
  startAddressServer,
  startRocketmqSimulator,
} from "../src/simulator/index.js";

/** Three nameservers that two address servers list. */
interface NameserverHarness extends SourceHarness {
  readonly cluster: RocketmqSimulator;
  readonly servers: readonly RocketmqTestAddressServer[];
}

/** A password and a token of the URL, and a key of the ACL. */
const SECRETS = ["s3cret-password", "s3cret-token", "s3cret-key"];

async function harness(): Promise<NameserverHarness> {
  const cluster = await startRocketmqSimulator({ brokers: 0 });
  const servers = [cluster.addressServer, await startAddressServer(cluster.nameservers.map(({ address }) => address))];
  return {
    cluster,
    servers,
    seeds: servers.map(({ url }) => new URL(url).host),
    source: (seeds) => {
      const [user = "", token = "", secretKey = ""] = SECRETS;
      const addressServer = seeds.map((seed) => `http://app:${user}@${seed}/rocketmq/nsaddr?token=${token}`);
      return rocketmqNameservers({ from: { addressServer }, acl: { accessKey: "app", secretKey }, hedgeAfterMs: 50 });
    },
    close: async () => {
      await servers[1]?.[Symbol.asyncDispose]();
      await cluster[Symbol.asyncDispose]();
    },
  };
}

sourceConformance("rocketmqNameservers", harness, {
  runner: { describe, it },
  severalSeeds: true,
  restore: true,
  secrets: SECRETS,
  connections: ({ cluster }) => cluster.connections,
  stopServing: ({ cluster }, { id }) => {
    const nameserver = cluster.nameservers.find(({ address }) => address === id);
    if (nameserver === undefined) throw new Error(`there is no nameserver ${id}`);
    return cluster.freeze(nameserver);
  },
  malformed: (given) => answering(given, "html"),
  // Stock clients take it for a list of nobody.
  partial: (given) => answering(given, "empty"),
});

/** One of the address servers answers so from now on; where it is. */
async function answering(
  { servers: [server], seeds: [seed = ""] }: NameserverHarness,
  mode: AddressServerMode,
): Promise<readonly string[]> {
  if (server !== undefined) server.mode = mode;
  return [seed];
}
