/** What the tally reads of vitest's JSON report. */
export interface VitestReport {
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly ancestorTitles: readonly string[]; readonly title: string; readonly status: string }[];
  }[];
}

/** How the tests of one suite ended. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const NONE: Tally = { passed: 0, failed: 0, skipped: 0 };

/** Adds up two tallies. */
export function plus(a: Tally, b: Tally): Tally {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/**
 * Counts tests per suite. A suite names itself by a top-level `describe("[etcd 3.7.3] …")`; everything else is `units`. A file that
 * failed without a failed test (it did not load, a hook threw) counts as one failure of `units`, and so does a run that
 * failed without a failed file.
 */
export function tallySuites(reports: readonly VitestReport[]): ReadonlyMap<string, Tally> {
  const suites = new Map<string, Tally>();
  const add = (suite: string, status: string): void => {
    const one = { passed: status === "passed" ? 1 : 0, failed: status === "failed" ? 1 : 0 };
    suites.set(suite, plus(suites.get(suite) ?? NONE, { ...one, skipped: 1 - one.passed - one.failed }));
  };
  for (const { success, testResults } of reports) {
    let explained = success;
    for (const { status, assertionResults } of testResults) {
      for (const test of assertionResults) add(suiteOf(test.ancestorTitles), test.status);
      const failedTest = assertionResults.some((test) => test.status === "failed");
      if (status === "failed" && !failedTest) add("units", "failed");
      explained ||= status === "failed" || failedTest;
    }
    if (!explained) add("units", "failed");
  }
  return suites;
}

function suiteOf(titles: readonly string[]): string {
  return /^\[([^\]]+)\]/.exec(titles[0] ?? "")?.[1] ?? "units";
}

/** The suites that ran fewer tests than they must, each as a sentence. */
export function missingTests(suites: ReadonlyMap<string, Tally>, expected: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(expected).flatMap(([suite, atLeast]) => {
    const { passed, failed } = suites.get(suite) ?? NONE;
    return passed + failed < atLeast ? [`${suite}: ran ${passed + failed} tests, at least ${atLeast} are expected`] : [];
  });
}
