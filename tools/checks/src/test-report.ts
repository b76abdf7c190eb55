import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { table } from "./table.js";
import { missingTests, plus, type Tally, tallySuites, type VitestReport } from "./test-tally.js";
import { ROOT } from "./workspace.js";

// Closes a full run: a table of what ran on which server, then one line that adds it up. The arguments are the steps besides the
// tests and how they ended, as in `check=0 demo=1`; each counts as one. A suite in `real-suites.json` that ran fewer tests than it
// says there, and a run that left no report, count as failures. The cells of the matrices that ran, and what was proven from outside, are
// suites as well.

const reports: VitestReport[] = [];
const lost: string[] = [];
const cells = ["temp/matrix", "temp/outside"].flatMap((folder) => {
  const names = existsSync(join(ROOT, folder)) ? readdirSync(join(ROOT, folder)) : [];
  return names.filter((name) => name.endsWith(".json")).map((name) => `${folder}/${name}`);
});
for (const file of ["temp/units.json", "temp/real.json", ...cells]) {
  const path = join(ROOT, file);
  if (existsSync(path)) reports.push(JSON.parse(readFileSync(path, "utf8")) as VitestReport);
  else lost.push(`${file} was not written`);
}
const expected = JSON.parse(readFileSync(new URL("../real-suites.json", import.meta.url), "utf8")) as Readonly<Record<string, number>>;
const suites = tallySuites(reports);
const complaints = [...lost, ...missingTests(suites, expected)];
const tallies: readonly (readonly [string, Tally])[] = [
  ...[...suites].sort(([a], [b]) => a.localeCompare(b)),
  ...process.argv.slice(2).map((step) => {
    const [name = "", status] = step.split("=");
    return [name, { passed: status === "0" ? 1 : 0, failed: status === "0" ? 0 : 1, skipped: 0 }] as const;
  }),
  ...(complaints.length > 0 ? [["missing", { passed: 0, failed: complaints.length, skipped: 0 }] as const] : []),
];

const rows = tallies.map(([suite, { passed, failed, skipped }]) => {
  const [system = suite, ...version] = suite.split(" ");
  return [system, version.join(" ") || "-", ...[passed + failed, failed, skipped].map(String)];
});
const total = tallies.map(([, tally]) => tally).reduce(plus);
process.stdout.write(`\n${table([["system", "server", "tests run", "failed", "skipped"], ...rows])}\n`);
for (const complaint of complaints) process.stdout.write(`${complaint}\n`);
process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
if (total.failed > 0) process.exitCode = 1;
