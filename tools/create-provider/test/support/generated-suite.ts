import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type ConformanceError, sourceConformance } from "@rollcall/testkit";
import type { AcmeDbHarness, CAPABILITIES } from "../../template/test/support/harness.js";

/** What the support file of a provider called `my-system` exports. */
interface GeneratedSuite {
  readonly mySystemHarness: () => Promise<AcmeDbHarness>;
  readonly CAPABILITIES: typeof CAPABILITIES;
}

/** How the conformance suite of a generated provider went. */
export interface SuiteRun {
  /** How many cases were run. */
  readonly cases: number;
  /** What it complains about. */
  readonly complaints: readonly ConformanceError[];
}

/**
 * Runs the conformance suite of a generated provider called `my-system`, wired as its own tests wire it.
 *
 * @param provider - its folder
 * @param facet - the only one to run. Default: all
 */
export async function runSuite(provider: string, facet?: string): Promise<SuiteRun> {
  const suite = (await import(pathToFileURL(join(provider, "test", "support", "harness.ts")).href)) as GeneratedSuite;
  const cases = casesOf(suite, facet);
  const complaints: ConformanceError[] = [];
  for (const run of cases) await run().catch((error: ConformanceError) => void complaints.push(error));
  return { cases: cases.length, complaints };
}

/** Registered with a runner that runs nothing. */
function casesOf({ mySystemHarness, CAPABILITIES }: GeneratedSuite, facet: string | undefined): readonly (() => Promise<void>)[] {
  const cases: (() => Promise<void>)[] = [];
  let group = "";
  const runner = {
    describe: (name: string, body: () => void) => {
      group = name;
      body();
    },
    it: (_name: string, run: () => Promise<void>) => {
      if (facet === undefined || group === facet) cases.push(run);
    },
  };
  sourceConformance("mySystemMembers", mySystemHarness, { ...CAPABILITIES, runner });
  return cases;
}
