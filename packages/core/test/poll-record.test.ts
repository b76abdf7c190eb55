import { describe, expect, it } from "vitest";
import { DiscoveryError } from "../src/index.js";
import { type PollOutcome, PollRecord } from "../src/poll-record.js";
import { steady } from "./support/steady-clock.js";

const unavailable = new DiscoveryError("UNAVAILABLE", "no", { source: "test" });
const held = new DiscoveryError("HELD", "later", { source: "test" });
const failed: PollOutcome = { kind: "failed", error: unavailable };

/** A record on which a belief is stale after 30 s. */
function recording() {
  const options = steady({ staleAfterMs: 30_000 });
  return { clock: options.clock, record: new PollRecord(options) };
}

describe("PollRecord", () => {
  it("is pending, without age, before the first success, however often polls fail", () => {
    const { record } = recording();
    for (const failures of [0, 1, 2]) {
      expect(record).toMatchObject({ failures, state: "pending", ageMs: undefined, staleAt: undefined, lastSuccess: undefined });
      record.ended(failed);
    }
    expect(record.error).toBe(unavailable);
  });

  it.each(["changed", "unchanged"] as const)(
    "an answer that left the belief %s is a success: it clears error and failures",
    async (kind) => {
      const { clock, record } = recording();
      record.ended(failed);
      await clock.advance(500);
      record.ended({ kind });
      expect(record).toMatchObject({ failures: 0, error: undefined, lastSuccess: { at: 500, wallAt: 1_700_000_000_500 } });
    },
  );

  it("a held answer ends the failures, but is no success", async () => {
    const { clock, record } = recording();
    record.ended({ kind: "changed" });
    record.ended(failed);
    await clock.advance(500);
    record.ended({ kind: "held", error: held });
    expect([record.failures, record.error, record.lastSuccess?.at]).toEqual([0, held, 0]);
  });

  it("becomes stale when its last success is as old as staleAfterMs, and fresh again with the next one", async () => {
    const { clock, record } = recording();
    await clock.advance(100);
    record.ended({ kind: "changed" });
    await clock.advance(29_999);
    expect([record.state, record.ageMs, record.staleAt]).toEqual(["fresh", 29_999, 30_100]);
    await clock.advance(1);
    record.ended(failed);
    expect([record.state, record.ageMs, record.staleAt]).toEqual(["stale", 30_000, 30_100]);
    record.ended({ kind: "unchanged" });
    expect([record.state, record.ageMs, record.staleAt]).toEqual(["fresh", 0, 60_100]);
  });

  it("a wall clock that is set changes no age", async () => {
    const { clock, record } = recording();
    record.ended({ kind: "changed" });
    clock.shiftWall(86_400_000);
    expect([record.state, record.ageMs]).toEqual(["fresh", 0]);
  });
});
