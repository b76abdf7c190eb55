import { ConformanceError } from "../src/rule.js";
import { sourceCases } from "../src/source-conformance.js";
import { CAPABILITIES, LineCluster } from "./line-cluster.js";
import type { BrokenSource } from "./mistake.js";

/** Enough for a busy machine, where nothing is late; and little, for the facet in which something is. */
const PATIENT = { settleWithinMs: 5_000, answerWithinMs: 10_000 };
const IMPATIENT = { settleWithinMs: 300, answerWithinMs: 3_000 };
const PROBE_MS = 100;

// Every case listens for stray errors, and they run side by side here.
process.setMaxListeners(100);

/**
 * The rules that the suite finds broken in a facet of its own. Rejects with what it finds anywhere else, or with an error that is
 * not of its making. The cases run side by side, each on a cluster of its own.
 */
export async function brokenRules({ facet: expected, make }: BrokenSource): Promise<readonly string[]> {
  const casesWith = (limits: typeof PATIENT) => sourceCases(() => LineCluster.start(make), { ...CAPABILITIES, ...limits }, PROBE_MS);
  const own = casesWith(IMPATIENT).filter(({ facet }) => facet === expected);
  const others = casesWith(PATIENT).filter(({ facet }) => facet !== expected);
  const found = own.map(async ({ run }): Promise<readonly string[]> => {
    try {
      await run();
      return [];
    } catch (error) {
      if (error instanceof ConformanceError) return [error.rule];
      throw error;
    }
  });
  const rules = await Promise.all(found);
  await Promise.all(others.map(({ run }) => run()));
  return rules.flat();
}
