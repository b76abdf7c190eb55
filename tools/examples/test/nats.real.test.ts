import { type RealNatsCluster, requireNats, startRealNats } from "@rollcall/testbed";
import { type SourceHarness, sourceConformance } from "@rollcall/testkit";
import { describe, it } from "vitest";
import { natsServers } from "../src/nats/index.js";
import { natsScenarios } from "./support/nats-scenarios.js";

const nats = await requireNats();

function start(servers = 3): Promise<RealNatsCluster> {
  if ("reason" in nats) throw new Error(nats.reason);
  return startRealNats({ ...nats, servers });
}

interface RealHarness extends SourceHarness {
  readonly cluster: RealNatsCluster;
}

async function harness(): Promise<RealHarness> {
  const cluster = await start();
  return {
    cluster,
    seeds: cluster.servers.map(({ address }) => address),
    source: (seeds) => natsServers({ seeds, hedgeAfterMs: 50 }),
    close: async () => cluster[Symbol.asyncDispose](),
  };
}

describe.skipIf("reason" in nats)("[nats 2.15] natsServers", { timeout: 60_000 }, () => {
  natsScenarios(start);

  sourceConformance("natsServers", harness, {
    runner: { describe, it },
    severalSeeds: true,
    known: true,
    restore: true,
    stopServing: ({ cluster }, { id }) => cluster.freeze({ name: "", address: id }),
  });
});
