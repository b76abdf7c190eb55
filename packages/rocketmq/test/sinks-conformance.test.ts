import { type EndpointFeed, hostPort } from "@rollcall/core";
import { type Address, type SinkHarness, sinkConformance } from "@rollcall/testkit";
import { describe, it } from "vitest";
import { nameServerArray } from "../src/name-server-array.js";
import { nsaddrServer } from "../src/nsaddr-server.js";
import type { RocketmqNameservers } from "../src/rocketmq-nameservers-metadata.js";

/** What members there are is the suite's; of the metadata neither sink minds any that do not say whose they are. */
const nameservers = (feed: EndpointFeed): EndpointFeed<RocketmqNameservers> => feed as EndpointFeed<RocketmqNameservers>;

const addresses = (texts: readonly string[]): readonly Address[] => texts.flatMap((text) => hostPort.parse(text) ?? []);

sinkConformance(
  "nsaddrServer",
  async (feed): Promise<SinkHarness> => {
    const server = await nsaddrServer(nameservers(feed));
    return {
      held: async () => {
        const response = await fetch(server.url);
        if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
        return addresses((await response.text()).split(";"));
      },
      close: () => server.close(),
    };
  },
  { runner: { describe, it } },
);

sinkConformance(
  "nameServerArray",
  (feed): SinkHarness => {
    const list = nameServerArray(nameservers(feed));
    list.catch(() => undefined); // the feed ends before the first set
    return {
      held: async () => addresses(await list),
      close: () =>
        list.then(
          (made) => made[Symbol.asyncDispose](),
          () => undefined,
        ),
    };
  },
  { runner: { describe, it } },
);
