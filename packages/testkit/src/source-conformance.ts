import { type ConformanceCase, registerCases } from "./runner.js";
import { abort } from "./source/abort.js";
import { authentication } from "./source/authentication.js";
import { Bench, type SourceCase } from "./source/bench.js";
import { checkCapabilities, checkSeeds, claims } from "./source/check-capabilities.js";
import { idle } from "./source/idle.js";
import { known } from "./source/known.js";
import { life } from "./source/life.js";
import { listsMembers } from "./source/lists-members.js";
import { malformed } from "./source/malformed.js";
import { move } from "./source/move.js";
import { partial } from "./source/partial.js";
import { probe } from "./source/probe.js";
import { restoring } from "./source/restore.js";
import { secrets } from "./source/secrets.js";
import { seeds } from "./source/seeds.js";
import { sockets } from "./source/sockets.js";
import type { SourceCapabilities, SourceHarness, SourceLimits } from "./source/source-harness.js";
import { withoutStrayErrors } from "./stray-errors.js";

const CASES: readonly SourceCase[] = [
  ...listsMembers,
  ...idle,
  ...move,
  ...abort,
  ...sockets,
  ...life,
  ...seeds,
  ...known,
  ...authentication,
  ...secrets,
  ...partial,
  ...malformed,
  ...probe,
  ...restoring,
];

/**
 * Registers the conformance suite for a `MetadataSource` with a test runner: what every source owes the poller, checked against
 * the author's own cluster, over real sockets. Each failure is a `ConformanceError` that says which rule was broken and why it matters.
 * What is not claimed is skipped in the open, under the name of the capability.
 *
 * @param name - of the source
 * @param make - makes a cluster to test against; called for every case
 * @param capabilities - what source and cluster can do beyond the minimum. Default: nothing
 * @throws DiscoveryError `INVALID_OPTIONS`; Error when there is no test runner
 */
export function sourceConformance<H extends SourceHarness>(
  name: string,
  make: () => PromiseLike<H>,
  capabilities: SourceCapabilities<H> = {},
): void {
  registerCases(`${name} is a source`, sourceCases(make, capabilities), capabilities.runner);
}

/** How often a case may wait in vain, at most, before it is no rule but the cluster that hangs. */
const WAITS = 10;

/**
 * The cases of {@link sourceConformance}, in order, registered nowhere.
 * @param probeMs - how long a probe may take; the default is that of the poller
 */
export function sourceCases<H extends SourceHarness>(
  make: () => PromiseLike<H>,
  capabilities: SourceCapabilities<H>,
  probeMs = 500,
): readonly ConformanceCase[] {
  const limits = { ...checkCapabilities(capabilities), probeMs };
  const timeoutMs = WAITS * (limits.answerWithinMs + limits.settleWithinMs);
  return CASES.map(({ facet, name, needs, run }) => {
    const isClaimed = needs === undefined || claims(capabilities, needs);
    return {
      facet,
      name,
      skipped: isClaimed ? undefined : `the capability ${needs} is not claimed`,
      run: () => runCase(run, make, capabilities, limits),
      timeoutMs,
    };
  });
}

async function runCase<H extends SourceHarness>(
  run: SourceCase["run"],
  make: () => PromiseLike<H>,
  capabilities: SourceCapabilities<H>,
  limits: SourceLimits,
): Promise<void> {
  await withoutStrayErrors(async () => {
    const bench = new Bench(await make(), capabilities, limits);
    try {
      checkSeeds(bench.harness.seeds);
      await run(bench);
    } catch (error) {
      await bench.close().catch(() => undefined);
      throw error;
    }
    await bench.close();
  });
}
