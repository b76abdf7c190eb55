import { inspect } from "node:util";
import { DiscoveryError } from "@rollcall/core";
import type { Capability, SourceCapabilities, SourceHarness, SourceLimits } from "./source-harness.js";

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
  if (unknown !== undefined) throw invalid(`capability ${unknown} is unknown; known are ${Object.keys(NAMES).join(", ")}`);
  const { settleWithinMs = 1_000, answerWithinMs = 3_000 } = capabilities;
  for (const [name, value] of Object.entries({ settleWithinMs, answerWithinMs })) {
    if (!(value >= 1 && value <= 600_000)) throw invalid(`capability ${name} is ${value}; allowed are 1 to 600000`);
  }
  return { settleWithinMs, answerWithinMs };
}

/** Whether something is claimed: `false` claims nothing. */
export function claims(capabilities: Pick<SourceCapabilities, Capability>, name: Capability): boolean {
  return capabilities[name] !== undefined && capabilities[name] !== false;
}

const SEED = /^(?:\[[\da-f:.]+\]|[^\s:/@[\]]+):(\d{1,5})$/i;

/** @throws DiscoveryError `INVALID_OPTIONS` unless there are seeds and each is `host:port`, so that no source is blamed for them */
export function checkSeeds(seeds: unknown): void {
  if (!Array.isArray(seeds) || seeds.length === 0) throw invalid(`make gave ${inspect(seeds)} as seeds; a list of at least one is needed`);
  const wrong = seeds.findIndex((seed) => {
    const port = Number(SEED.exec(String(seed))?.[1]);
    return !(port >= 1 && port <= 65_535);
  });
  if (wrong >= 0) throw invalid(`make gave ${inspect(seeds[wrong])} as seeds[${wrong}]; a seed is host:port, IPv6 in brackets`);
}

function invalid(problem: string): DiscoveryError {
  return new DiscoveryError("INVALID_OPTIONS", `sourceConformance: ${problem}`, { source: "testkit" });
}
