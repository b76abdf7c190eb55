import type { VitestReport } from "../test-tally.js";

/** One thing that was tried, and what went wrong if something did. */
export interface Trial {
  readonly title: string;
  readonly problem?: string | undefined;
}

/** What a task leaves behind: a report that the tally of all tests reads, and what else is worth saying. */
export interface TaskReport extends VitestReport {
  /** One line each. */
  readonly notes: readonly string[];
}

/** Words trials as a report; `suite` is their name in the tally. */
export function reportOf(suite: string, trials: readonly Trial[], notes: readonly string[]): TaskReport {
  const success = trials.every(({ problem }) => problem === undefined);
  const status = (passed: boolean): string => (passed ? "passed" : "failed");
  const assertionResults = trials.map(({ title, problem }) => ({
    ancestorTitles: [`[${suite}]`],
    title,
    status: status(problem === undefined),
  }));
  return { success, notes, testResults: [{ name: suite, status: status(success), assertionResults }] };
}

/** How a task ended, for the table. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  /** What went wrong, in one line; absent = nothing did. */
  readonly problem?: string | undefined;
}

/**
 * Reads a task's report.
 *
 * @param report - `undefined` is a task that left none
 * @param ended - why the task itself did not end well, if it did not
 */
export function outcomeOf(report: TaskReport | undefined, ended: string | undefined): Outcome {
  const tests = report?.testResults.flatMap(({ assertionResults }) => assertionResults) ?? [];
  const failed = tests.filter(({ status }) => status !== "passed").map(({ title }) => title);
  const counts = { passed: tests.length - failed.length, failed: failed.length };
  if (failed.length > 0) return { ...counts, problem: failed.join("; ") };
  if (ended !== undefined) return { ...counts, failed: 1, problem: ended };
  return tests.length === 0 ? { ...counts, failed: 1, problem: "tried nothing" } : counts;
}
