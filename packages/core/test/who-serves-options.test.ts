import { describe, expect, it } from "vitest";
import { MetadataPoller, type PollerOptions } from "../src/index.js";
import { isSilent } from "./support/probing-source.js";
import { Scene, scene } from "./support/who-serves.js";

/** The text of the error; `accepted` when there is none. */
function refusal(probe: unknown, others: PollerOptions = {}): string {
  const { source } = new Scene(["a"]);
  try {
    new MetadataPoller(source, { ...others, probe } as PollerOptions);
    return "accepted";
  } catch (error) {
    expect(error).toMatchObject({ code: "INVALID_OPTIONS", source: "core", retryable: false });
    return (error as Error).message;
  }
}

describe("the option probe", () => {
  it("may be left out, undefined, false, or an object in which everything may be left out", () => {
    for (const probe of [undefined, false, {}, { timeoutMs: undefined, recheckMs: undefined, everyMs: undefined }]) {
      expect(refusal(probe)).toBe("accepted");
    }
  });

  it("accepts its bounds", () => {
    expect(refusal({ timeoutMs: 10 })).toBe("accepted");
    expect(refusal({ timeoutMs: 3_000 }, { timeoutMs: 3_000 })).toBe("accepted");
    expect(refusal({ recheckMs: 10 })).toBe("accepted");
    expect(refusal({ everyMs: 700 }, { minIntervalMs: 700 })).toBe("accepted");
  });

  it("refuses what is out of bounds, naming the option, what was given and what is allowed", () => {
    const poll = { timeoutMs: 3_000, minIntervalMs: 700 };
    for (const given of [9, 9.999, 0, -500, 3_001, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(refusal({ timeoutMs: given }, poll)).toBe(
        `[core] [INVALID_OPTIONS] probe.timeoutMs: got ${given}, allowed is a number from 10 to 3000`,
      );
    }
    expect(refusal({ timeoutMs: "500" })).toContain('probe.timeoutMs: got "500", allowed is a number from 10 to 10000');
    for (const given of [9, -1, Number.NaN]) expect(refusal({ recheckMs: given })).toContain(`probe.recheckMs: got ${given}, allowed is`);
    for (const given of [699, 0, Number.NaN]) {
      expect(refusal({ everyMs: given }, poll)).toContain(`probe.everyMs: got ${given}, allowed is a number from 700 to`);
    }
  });

  it("refuses unknown names, and what is no object", () => {
    expect(refusal({ timeout: 5 })).toMatch(/probe.*got "timeout", allowed is one of timeoutMs, recheckMs, everyMs/);
    for (const given of [true, null, 5, "off"]) expect(refusal(given)).toMatch(/\[INVALID_OPTIONS\].*probe.*: got .*, allowed is/);
  });

  it("the default timeout gives way to a shorter timeout of the poll; one that is given is an error instead", async () => {
    const stage = await scene("a b c", { timeoutMs: 200 });
    stage.source.everybody = isSilent;
    stage.suspect("c");
    await stage.clock.advance(199);
    const [first] = stage.source.asked;
    expect(first?.signal.aborted).toBe(false);
    await stage.clock.advance(2);
    expect(first?.signal.aborted).toBe(true);
    expect(refusal({ timeoutMs: 500 }, { timeoutMs: 200 })).toContain("probe.timeoutMs: got 500, allowed is a number from 10 to 200");
  });

  it("is checked by the constructor, before anything is asked", () => {
    const { source } = new Scene(["a"]);
    expect(() => new MetadataPoller(source, { probe: { timeoutMs: 9 } })).toThrow(/probe\.timeoutMs: got 9/);
    expect([source.starts, source.probes]).toEqual([[], []]);
  });

  it("timeoutMs is how long a probe may take: 500 by default", async () => {
    for (const [probe, ms] of [
      [undefined, 500],
      [{ timeoutMs: 120 }, 120],
      [{ timeoutMs: 1_500 }, 1_500],
    ] as const) {
      const stage = await scene("a b c", { probe });
      stage.source.serves.set("c", isSilent);
      stage.suspect("c");
      await stage.clock.advance(ms - 1);
      const signal = stage.source.asked.find(({ endpoint }) => endpoint.id === "c")?.signal;
      expect(signal?.aborted).toBe(false);
      await stage.clock.advance(2);
      expect(signal?.aborted).toBe(true);
    }
  });
});
