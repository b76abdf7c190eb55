import { hostPort } from "@rollcall/core";
import { ManualClock, type SinkHarness, sinkConformance } from "@rollcall/testkit";
import { describe, it } from "vitest";
import { bootstrapBrokers } from "../src/bootstrap-brokers.js";
import { picks } from "./support/bootstrap-scene.js";

/** No case lists more members than there are addresses, and a function gives each of them its turn. */
const ADDRESSES = 4;

sinkConformance(
  "bootstrapBrokers",
  (feed): SinkHarness => {
    // Time stands still: every call comes at once after the one before, which suspects the broker that was handed out then.
    const clock = new ManualClock();
    const brokers = bootstrapBrokers(feed, { clock });
    void brokers(); // it subscribes when it is first called
    return {
      held: async () => [...new Set(await picks(clock, brokers, ADDRESSES))].flatMap((text) => hostPort.parse(text) ?? []),
      close: () => brokers[Symbol.asyncDispose](),
    };
  },
  { runner: { describe, it } },
);
