import { type Cell, VERSIONS } from "./etcd-matrix-cells.js";
import type { VitestReport } from "./test-tally.js";

/** How one cell ended. */
export interface Outcome {
  readonly cell: Cell;
  /** How many tests passed. */
  readonly passed: number;
  /** What went wrong, in a few words; absent = nothing, and at least one test passed. */
  readonly problem?: string | undefined;
  /** The exact versions, as in `etcd 3.6.16`, as the cell itself found them. */
  readonly versions: readonly string[];
}

/** Reads the report of a cell's run; `undefined` is a run that left none. */
export function outcomeOf(cell: Cell, report: VitestReport | undefined): Outcome {
  const tests = report?.testResults.flatMap(({ assertionResults }) => assertionResults) ?? [];
  const passed = tests.filter(({ status }) => status === "passed").length;
  const versions = /^\[.*?\] (.+)$/.exec(tests[0]?.ancestorTitles[0] ?? "")?.[1]?.split(", ") ?? [];
  const failed = tests.filter(({ status }) => status === "failed").map(({ title }) => title);
  return { cell, passed, versions, problem: problemOf(passed, failed, report?.success === true) };
}

function problemOf(passed: number, failed: readonly string[], success: boolean): string | undefined {
  if (failed.length > 0) return `${failed.length} failed: ${failed.join("; ")}`;
  if (passed === 0) return "ran no test";
  return success ? undefined : "failed outside the tests";
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
