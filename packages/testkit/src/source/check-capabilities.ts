import { DiscoveryError } from "@rollcall/core";
import type { SourceCapabilities, SourceHarness, SourceLimits } from "./source-harness.js";

const NAMES: Readonly<Record<keyof SourceCapabilities, true>> = {
  runner: true,
  settleWithinMs: true,
  answerWithinMs: true,
  severalSeeds: true,
  known: true,
  restore: true,
  secrets: true,
  connections: true,
  move: true,
  stopServing: true,
  wrongCredentials: true,
  malformed: true,
  partial: true,
};

/** The limits among some capabilities, or their defaults. @throws DiscoveryError `INVALID_OPTIONS` for unknown names and values out of bounds */
export function checkCapabilities<H extends SourceHarness>(capabilities: SourceCapabilities<H>): Omit<SourceLimits, "probeMs"> {
  const unknown = Object.keys(capabilities).find((name) => !Object.hasOwn(NAMES, name));
  if (unknown !== undefined) throw invalid(`${unknown} is unknown; known are ${Object.keys(NAMES).join(", ")}`);
  const { settleWithinMs = 1_000, answerWithinMs = 3_000 } = capabilities;
  for (const [name, value] of Object.entries({ settleWithinMs, answerWithinMs })) {
    if (!(value >= 1 && value <= 600_000)) throw invalid(`${name} is ${value}; allowed are 1 to 600000`);
  }
  return { settleWithinMs, answerWithinMs };
}

function invalid(problem: string): DiscoveryError {
  return new DiscoveryError("INVALID_OPTIONS", `sourceConformance: capability ${problem}`, { source: "testkit" });
}
