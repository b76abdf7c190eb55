import { describe, expect, test } from "vitest";
import { type Cell, cellName, cellsFrom, expectedTests } from "../src/etcd-matrix-cells.js";
import { matrixTable, outcomeOf } from "../src/etcd-matrix-outcome.js";
import { tallySuites, type VitestReport } from "../src/test-tally.js";

const CELL: Cell = { etcd: "3.6", grpcJs: "1.13", node: "22" };
const TITLE = `[matrix ${cellName(CELL)}] etcd 3.6.16, grpc-js 1.13.7, Node 22.23.3`;

function report(success: boolean, ...tests: readonly (readonly [title: string, status: string])[]): VitestReport {
  const assertionResults = tests.map(([title, status]) => ({ ancestorTitles: [TITLE], title, status }));
  return { success, testResults: [{ name: "a.test.ts", status: success ? "passed" : "failed", assertionResults }] };
}

/** As many that passed as a cell has at least, less some. */
function passed(cell: Cell, fewer = 0): readonly (readonly [title: string, status: string])[] {
  return Array.from({ length: expectedTests(cell) - fewer }, (_, at) => [`${at}. a`, "passed"]);
}

describe("cells of the matrix", () => {
  const names = (...args: readonly string[]) => cellsFrom(args).map(cellName);

  test("are 36 without arguments, each once", () => {
    expect(names()).toHaveLength(36);
    expect(new Set(names()).size).toBe(36);
    expect(names("--cells", "all")).toEqual(names());
  });

  test("are three in CI, among all; these meet every version of grpc-js and of Node", () => {
    const ci = cellsFrom(["--cells", "ci"]);
    expect(names()).toEqual(expect.arrayContaining(ci.map(cellName)));
    expect(ci.map(({ grpcJs }) => grpcJs).sort()).toEqual(["1.12", "1.13", "1.14"]);
    expect(ci.map(({ node }) => node).sort()).toEqual(["20", "22", "24"]);
  });

  test("are those that match every filter; a filter may have several values", () => {
    expect(names("--etcd", "3.6", "--grpc-js", "1.13", "--node", "22")).toEqual([cellName(CELL)]);
    expect(names("--etcd=3.4", "--etcd=3.7", "--node=20")).toHaveLength(6);
    expect(names("--cells", "ci", "--etcd", "3.6")).toEqual([cellName(CELL)]);
  });

  test.each([
    [["--etcd", "3.8"], "--etcd 3.8: known are 3.4, 3.5, 3.6, 3.7"],
    [["--node", "22", "--node", "18"], "--node 18: known are 20, 22, 24"],
    [["--grpc-js", ""], "--grpc-js : known are 1.12, 1.13, 1.14"],
    [["--cells", "some"], "--cells some: known are all, ci"],
    [["--cells", "ci", "--etcd", "3.4"], 'no cell of "ci" matches; it has: etcd 3.5, grpc-js 1.12, Node 20; '],
    [["--kafka", "4.4"], "Unknown option '--kafka'"],
    [["ci"], "Unexpected argument 'ci'"],
  ])("%j is one clear error", (args, message) => expect(() => cellsFrom(args)).toThrow(message));
});

describe("the outcome of a cell", () => {
  test("is what passed and the exact versions, and counts under the cell's name", () => {
    const all = report(true, ...passed(CELL));
    expect(outcomeOf(CELL, all)).toEqual({ cell: CELL, passed: 17, versions: ["etcd 3.6.16", "grpc-js 1.13.7", "Node 22.23.3"] });
    expect(tallySuites([all]).get(`matrix ${cellName(CELL)}`)).toEqual({ passed: 17, failed: 0, skipped: 0 });
  });

  test.each([
    ["a failed test", report(false, ["1. a", "passed"], ["2. b", "failed"]), "1 failed: 2. b"],
    ["no report", undefined, "ran no test"],
    ["a file that did not load", report(false), "ran no test"],
    ["tests that were all skipped", report(true, ["1. a", "skipped"]), "ran no test"],
    ["an error outside the tests", report(false, ...passed(CELL)), "failed outside the tests"],
    ["a test that was skipped", report(true, ...passed(CELL), ["b", "skipped"]), "1 did not run: b"],
    ["a test that is to be written", report(true, ...passed(CELL), ["b", "todo"], ["c", "pending"]), "2 did not run: b; c"],
    ["a test that is missing", report(true, ...passed(CELL, 1)), "ran 16 tests, at least 17 are expected"],
  ])("%s is a problem", (_, given, problem) => expect(outcomeOf(CELL, given).problem).toBe(problem));

  test.each([
    ["3.4", 15],
    ["3.5", 17],
    ["3.6", 17],
    ["3.7", 17],
  ])("of etcd %s is good with %i tests, not with one fewer", (etcd, least) => {
    const cell = { ...CELL, etcd };
    expect(outcomeOf(cell, report(true, ...passed(cell)))).toMatchObject({ passed: least, problem: undefined });
    expect(outcomeOf(cell, report(true, ...passed(cell, 1))).problem).toBe(`ran ${least - 1} tests, at least ${least} are expected`);
  });

  test("is a problem when the run did not end by itself, whatever it reported", () => {
    const ended = "not finished after 20 minutes";
    expect(outcomeOf(CELL, report(true, ...passed(CELL)), ended)).toMatchObject({ passed: 17, problem: ended });
    expect(outcomeOf(CELL, undefined, ended)).toMatchObject({ passed: 0, problem: ended });
  });
});

test("the table has a row for each etcd and Node, a column for each grpc-js, and the exact versions below", () => {
  const other = { ...CELL, grpcJs: "1.12" };
  const outcomes = [outcomeOf(CELL, report(true, ...passed(CELL))), outcomeOf(other, report(false, ["1. a|b", "failed"]))];
  expect(matrixTable(outcomes)).toBe(
    [
      "| etcd | Node | grpc-js 1.12 | grpc-js 1.13 | grpc-js 1.14 |",
      "| --- | --- | --- | --- | --- |",
      "| 3.6 | 22 | 1 failed: 1. a\\|b | 17 passed | - |",
      "",
      "Node 22.23.3, etcd 3.6.16, grpc-js 1.13.7",
      "",
    ].join("\n"),
  );
});
