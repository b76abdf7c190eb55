import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { DiscoveryError } from "../src/index.js";
import { RecordingSink } from "./support/recording-sink.js";
import { ids } from "./support/scripted-source.js";
import { setup } from "./support/setup.js";

const refuse = (code: "UNAVAILABLE" | "UNAUTHENTICATED") => (): never => {
  throw new DiscoveryError(code, "no", { source: "test" });
};

describe("status", () => {
  it("goes from pending to fresh to stale, and sinks are told once per change, asynchronously", async () => {
    const { clock, source, poller } = setup(["a"]);
    const sink = new RecordingSink();
    poller.subscribe(sink);
    expect(sink.statuses).toEqual([]);
    await clock.advance(0);
    source.script = refuse("UNAVAILABLE");
    await clock.advance(60_000);
    const states = sink.statuses.map(({ state, failures }) => `${state} ${failures}`);
    expect(states[0]).toBe("pending 0");
    expect(states[1]).toBe("fresh 0");
    expect(states).toContain("fresh 1");
    expect(states.at(-1)).toMatch(/^stale \d/);
    expect(new Set(states).size).toBe(states.length);
    expect(ids(poller.snapshot?.endpoints)).toBe("a");
    await poller.close();
    expect(poller.status.state).toBe("closed");
  });

  it("says when the last success was and when the next poll is due, in milliseconds since the epoch", async () => {
    const { clock, poller } = setup(["a"]);
    expect(poller.status).toMatchObject({ state: "pending", lastSuccessAt: undefined, nextAttemptAt: undefined });
    poller.subscribe(() => undefined);
    const startedAt = clock.wallNow();
    await clock.advance(500);
    expect(poller.status.lastSuccessAt).toBe(startedAt);
    expect(poller.status.nextAttemptAt).toBeGreaterThan(clock.wallNow());
  });

  it("toJSON and inspect tell what is asked, how it goes and what is believed", async () => {
    const { clock, poller } = setup(["a"]);
    poller.subscribe(() => undefined);
    await clock.advance(250);
    expect(JSON.parse(JSON.stringify(poller))).toEqual({
      key: "scripted",
      state: "fresh",
      version: 1,
      ageMs: 250,
      endpoints: [{ id: "a", host: "a.test", port: 2379 }],
      aside: [],
      failures: 0,
      held: 0,
    });
    expect(inspect(poller)).toMatch(/^MetadataPoller \{ *\n? *key: 'scripted'/);
  });
});
