import { type SinkHarness, sinkConformance } from "@rollcall/testkit";
import type { Dispatcher } from "undici";
import { afterAll, describe, it } from "vitest";
import { undiciDispatcher } from "../src/index.js";
import { MemberServer } from "./support/server.js";

const servers = await Promise.all(["0", "1", "2", "3"].map((name) => MemberServer.start(name)));
afterAll(() => Promise.all(servers.map((server) => server.kill())));

async function ask(dispatcher: Dispatcher): Promise<string> {
  const { body } = await dispatcher.request({ origin: "http://orders.cluster", path: "/", method: "GET" });
  return await body.text();
}

sinkConformance(
  "undiciDispatcher",
  (feed): SinkHarness => {
    const dispatcher = undiciDispatcher(feed);
    ask(dispatcher).catch(() => undefined); // it subscribes when it is first used
    return {
      // Each has its turn, so as many requests as there can be members reach everybody.
      held: async () => {
        const names = new Set<string>();
        for (const _ of servers) names.add(await ask(dispatcher));
        return servers.filter(({ name }) => names.has(name)).map(({ endpoint }) => endpoint);
      },
      close: () => dispatcher.close(),
    };
  },
  { addresses: servers.map(({ endpoint }) => endpoint), runner: { describe, it } },
);
