import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { DiscoveryError, type DiscoveryErrorCode, type Snapshot } from "../src/index.js";
import { KeepAlive } from "../src/keep-alive.js";
import { Waiters } from "../src/waiters.js";
import { ManualClock, settle } from "./support/manual-clock.js";

const snapshot: Snapshot<string> = { version: 1, endpoints: [], aside: [], metadata: "m", changedAt: 0 };
const error = (code: DiscoveryErrorCode): DiscoveryError => new DiscoveryError(code, "x", { source: "test" });

/** Two waiters for any snapshot and for a poll after number 5, and what has become of each. */
function waiting() {
  const waiters = new Waiters<string>(new KeepAlive(new ManualClock()));
  const controller = new AbortController();
  const outcomes: Record<string, string> = {};
  const add = (name: string, afterPoll?: number): void => {
    waiters
      .add(afterPoll, controller.signal, () => error("ABORTED"))
      .then(
        (got) => {
          outcomes[name] = `version ${got.version}`;
        },
        (reason: DiscoveryError) => {
          outcomes[name] = reason.code;
        },
      );
  };
  add("ready");
  add("refresh", 5);
  return { waiters, controller, outcomes };
}

describe("Waiters", () => {
  it.each<readonly [string, number, Snapshot<string> | undefined, DiscoveryError | undefined, Record<string, string>]>([
    ["a failure that can pass leaves who waits for any snapshot waiting", 6, undefined, error("TIMEOUT"), { refresh: "TIMEOUT" }],
    [
      "a failure that cannot pass ends both",
      6,
      undefined,
      error("UNAUTHENTICATED"),
      { ready: "UNAUTHENTICATED", refresh: "UNAUTHENTICATED" },
    ],
    ["a poll that began before the refresh answers only who waits for any snapshot", 5, snapshot, undefined, { ready: "version 1" }],
    ["a failed poll that began before the refresh does not end it", 5, undefined, error("TIMEOUT"), {}],
    ["a later poll answers both", 7, snapshot, undefined, { ready: "version 1", refresh: "version 1" }],
    ["an error together with a snapshot answers each in its way", 6, snapshot, error("HELD"), { ready: "version 1", refresh: "HELD" }],
  ])("%s", async (_name, poll, current, failure, expected) => {
    const { waiters, controller, outcomes } = waiting();
    waiters.pollEnded(poll, current, failure);
    await settle();
    expect(outcomes).toEqual(expected);
    expect(waiters.size).toBe(2 - Object.keys(expected).length);
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(waiters.size);
  });

  it("whoever gives up is rejected with what onGiveUp says, and counts no more by then", async () => {
    const { waiters, controller, outcomes } = waiting();
    controller.abort();
    expect(waiters.size).toBe(0);
    await settle();
    expect(outcomes).toEqual({ ready: "ABORTED", refresh: "ABORTED" });
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });

  it("a signal that has fired already never makes anybody wait", async () => {
    const waiters = new Waiters<string>(new KeepAlive(new ManualClock()));
    const waited = waiters.add(undefined, AbortSignal.abort(), () => error("ABORTED"));
    expect(waiters.size).toBe(0);
    await expect(waited).rejects.toMatchObject({ code: "ABORTED" });
  });

  it("rejectAll ends everybody and takes off every listener", async () => {
    const { waiters, controller, outcomes } = waiting();
    waiters.rejectAll(error("CLOSED"));
    controller.abort();
    await settle();
    expect(outcomes).toEqual({ ready: "CLOSED", refresh: "CLOSED" });
    expect([waiters.size, getEventListeners(controller.signal, "abort").length]).toEqual([0, 0]);
  });
});
