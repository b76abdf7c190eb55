import { describe, expect, test } from "vitest";
import { table } from "../src/table.js";
import { missingTests, tallySuites, type VitestReport } from "../src/test-tally.js";

type File = VitestReport["testResults"][number];

function file(status: string, ...tests: readonly (readonly [suite: string, status: string])[]): File {
  const assertionResults = tests.map(([suite, result]) => ({ ancestorTitles: [suite], title: "a test", status: result }));
  return { name: "a.test.ts", status, assertionResults };
}

describe("tally of suites", () => {
  test("counts by the name in brackets, everything else as units", () => {
    const report = {
      success: false,
      testResults: [
        file("failed", ["[etcd 3.7.3] members", "passed"], ["[etcd 3.7.3] members", "failed"], ["[etcd simulator] members", "passed"]),
        file("passed", ["poller", "passed"], ["poller", "pending"], ["poller", "todo"]),
      ],
    };
    expect(Object.fromEntries(tallySuites([report]))).toEqual({
      "etcd 3.7.3": { passed: 1, failed: 1, skipped: 0 },
      "etcd simulator": { passed: 1, failed: 0, skipped: 0 },
      units: { passed: 1, failed: 0, skipped: 2 },
    });
  });

  test("a file that did not load is a failure", () => {
    expect(tallySuites([{ success: false, testResults: [file("failed")] }]).get("units")?.failed).toBe(1);
  });

  test("a run that failed without a failed file is a failure", () => {
    expect(tallySuites([{ success: false, testResults: [file("passed", ["a", "passed"])] }]).get("units")?.failed).toBe(1);
  });

  test("a suite with too few tests is named; skipped tests did not run", () => {
    const suites = new Map([["etcd 3.7.3", { passed: 1, failed: 1, skipped: 5 }]]);
    expect(missingTests(suites, { "etcd 3.7.3": 2 })).toEqual([]);
    expect(missingTests(suites, { "etcd 3.7.3": 3, "etcd 3.4": 1 })).toEqual([
      "etcd 3.7.3: ran 2 tests, at least 3 are expected",
      "etcd 3.4: ran 0 tests, at least 1 are expected",
    ]);
  });
});

test("a table lines up words to the left and numbers to the right", () => {
  expect(
    table([
      ["name", "bytes"],
      ["a", "10"],
      ["long name", "5"],
    ]),
  ).toBe(["name       bytes", "---------  -----", "a             10", "long name      5", ""].join("\n"));
});
