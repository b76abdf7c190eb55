import { type Cell, expectedTests, VERSIONS } from "./etcd-matrix-cells.js";
import type { VitestReport } from "./test-tally.js";

type Test = VitestReport["testResults"][number]["assertionResults"][number];

/** How one cell ended. */
export interface Outcome {
  readonly cell: Cell;
  /** How many tests passed. */
  readonly passed: number;
  /** What went wrong, in a few words; absent = nothing, and every test that is expected passed. */
  readonly problem?: string | undefined;
  /** The exact versions, as in `etcd 3.6.16`, as the cell itself found them. */
  readonly versions: readonly string[];
}

/**
 * Reads the report of a cell's run.
 *
 * @param report - `undefined` is a run that left none
 * @param ended - why the run itself did not end well, if it did not, in a few words
 */
export function outcomeOf(cell: Cell, report: VitestReport | undefined, ended?: string): Outcome {
  const tests = report?.testResults.flatMap(({ assertionResults }) => assertionResults) ?? [];
  const passed = tests.filter(({ status }) => status === "passed").length;
  const versions = /^\[.*?\] (.+)$/.exec(tests[0]?.ancestorTitles[0] ?? "")?.[1]?.split(", ") ?? [];
  return { cell, passed, versions, problem: ended ?? problemOf(tests, report?.success === true, expectedTests(cell)) };
}

function problemOf(tests: readonly Test[], success: boolean, expected: number): string | undefined {
  const titles = (are: (status: string) => boolean): readonly string[] =>
    tests.filter(({ status }) => are(status)).map(({ title }) => title);
  const failed = titles((status) => status === "failed");
  if (failed.length > 0) return `${failed.length} failed: ${failed.join("; ")}`;
  const skipped = titles((status) => status !== "passed");
  if (skipped.length === tests.length) return "ran no test";
  if (!success) return "failed outside the tests";
  if (skipped.length > 0) return `${skipped.length} did not run: ${skipped.join("; ")}`;
  return tests.length < expected ? `ran ${tests.length} tests, at least ${expected} are expected` : undefined;
}

/** The outcomes as a Markdown table, with the exact versions below it. A cell that is not among them is a dash. */
export function matrixTable(outcomes: readonly Outcome[]): string {
  const head = ["etcd", "Node", ...VERSIONS.grpcJs.map((version) => `grpc-js ${version}`)];
  const rows = VERSIONS.etcd.flatMap((etcd) =>
    VERSIONS.node.flatMap((node) => {
      const row = outcomes.filter(({ cell }) => cell.etcd === etcd && cell.node === node);
      return row.length === 0
        ? []
        : [[etcd, node, ...VERSIONS.grpcJs.map((version) => text(row.find(({ cell }) => cell.grpcJs === version)))]];
    }),
  );
  const lines = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  const versions = [...new Set(outcomes.flatMap(({ versions }) => versions))].sort();
  return `${lines.join("\n")}\n\n${versions.join(", ")}\n`;
}

function text(outcome: Outcome | undefined): string {
  if (outcome === undefined) return "-";
  return outcome.problem?.replaceAll("|", "\\|") ?? `${outcome.passed} passed`;
}
