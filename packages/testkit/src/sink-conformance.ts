import { DiscoveryError, type EndpointFeed } from "@rollcall/core";
import { type ConformanceCase, registerCases } from "./runner.js";
import { appliesRemovals } from "./sink/applies-removals.js";
import { idempotent } from "./sink/idempotent.js";
import { safeAfterDispose } from "./sink/safe-after-dispose.js";
import { serial } from "./sink/serial.js";
import type { Address, SinkCapabilities, SinkHarness } from "./sink/sink-harness.js";
import { slow } from "./sink/slow.js";
import { Stage, type StageOptions } from "./sink/stage.js";
import { throwing } from "./sink/throwing.js";
import { withoutStrayErrors } from "./stray-errors.js";

const CASES = [...idempotent, ...appliesRemovals, ...serial, ...safeAfterDispose, ...slow, ...throwing];

const NAMES: readonly string[] = ["runner", "addresses", "timeoutMs", "eventual", "staysSubscribed", "refuse"];
/** How often a case may wait in vain, at most, the end of its client included. */
const WAITS = 20;
const NEEDED_ADDRESSES = 4;
const NOBODY: readonly Address[] = [1, 2, 3, 4].map((last) => ({ host: `192.0.2.${last}`, port: 2379 }));

/**
 * Registers a suite that tells the author of a sink what was forgotten: idempotent, applies removals, serial, safe after dispose,
 * slow, throwing. Every failure names the rule of the contract that was broken and why it matters. The feed is that of a real
 * poller; its time is the suite's, so nothing waits for an interval.
 *
 * @param name - of the sink
 * @param make - makes a client on the feed, as a user would: subscribe a sink, or pass the feed on. Called once per case; must
 *   not wait for the first set
 * @param capabilities - how the sink works; what is not claimed is listed as skipped or held to the stricter rule
 * @throws DiscoveryError `INVALID_OPTIONS`; Error when there is no test runner
 */
export function sinkConformance<H extends SinkHarness>(
  name: string,
  make: (feed: EndpointFeed) => H | Promise<H>,
  capabilities: SinkCapabilities<H> = {},
): void {
  const options = resolve(capabilities);
  const cases = CASES.map(({ facet, name, run, skipped }): ConformanceCase => {
    const play = async (): Promise<void> => {
      const stage = new Stage(make, options);
      try {
        await run(stage);
      } finally {
        await stage.close();
      }
    };
    return {
      facet,
      name,
      run: () => withoutStrayErrors(play),
      skipped: skipped?.(options),
      timeoutMs: WAITS * options.timeoutMs,
    };
  });
  registerCases(`${name} is a sink`, cases, capabilities.runner);
}

function resolve<H extends SinkHarness>(capabilities: SinkCapabilities<H>): StageOptions<SinkHarness> {
  const unknown = Object.keys(capabilities).find((name) => !NAMES.includes(name));
  if (unknown !== undefined) throw invalid(`capability ${unknown} is unknown; known are ${NAMES.join(", ")}`);
  const { addresses = NOBODY, timeoutMs = 2_000, eventual, staysSubscribed } = capabilities;
  const different = new Set(addresses.map(({ host, port }) => `${host} ${port}`)).size;
  if (different < NEEDED_ADDRESSES) throw invalid(`capability addresses has ${different} different ones; ${NEEDED_ADDRESSES} are needed`);
  if (!(timeoutMs >= 1 && timeoutMs <= 600_000)) throw invalid(`capability timeoutMs is ${timeoutMs}; allowed are 1 to 600000`);
  // Only what `make` made is ever given to it.
  const { refuse } = capabilities as SinkCapabilities;
  return { addresses, timeoutMs, eventual, staysSubscribed, ...(refuse && { refuse }) };
}

function invalid(message: string): DiscoveryError {
  return new DiscoveryError("INVALID_OPTIONS", `sinkConformance: ${message}`, { source: "testkit" });
}
