import type ts from "typescript";
import { exportedDeclarations, isDocumented, publicNames } from "./export-rules.js";
import { functionLengths, lineCount } from "./size-rules.js";
import { table } from "./table.js";
import { publishedPackages, sourcesIn, toolNames } from "./workspace.js";

// Prints what the style guide compares: files, functions, exports and their docs, per package.

const HEAD = ["package", "files", "lines", "median", "largest file", "functions", "p95", "longest", "values", "types", "documented"];

function row(name: string, sources: readonly ts.SourceFile[]): readonly string[] {
  const files = sources.map((file) => ({ name: file.fileName.split("/src/")[1] ?? file.fileName, lines: lineCount(file) }));
  const lines = files.map((file) => file.lines);
  const largest = files.toSorted((a, b) => b.lines - a.lines)[0];
  const functions = sources.flatMap(functionLengths).map((one) => one.lines);
  const exported = sources.flatMap(exportedDeclarations);
  const index = sources.find(({ fileName }) => /\/src\/index\.ts$/.test(fileName));
  const names = index ? publicNames(index) : { values: [], types: [] };
  return [
    name,
    files.length,
    lines.reduce((sum, count) => sum + count, 0),
    quantile(lines, 0.5),
    largest ? `${largest.lines} ${largest.name}` : "-",
    functions.length,
    quantile(functions, 0.95),
    quantile(functions, 1),
    names.values.length,
    names.types.length,
    exported.length === 0 ? "-" : `${Math.round((100 * exported.filter(isDocumented).length) / exported.length)} %`,
  ].map(String);
}

/** The smallest value that at least `share` of the values do not exceed; 0 if there is none. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

const packages = publishedPackages();
const rows = [
  ...packages.map(({ name, sources }) => row(name, sources)),
  row(
    "all packages",
    packages.flatMap(({ sources }) => sources),
  ),
  ...toolNames().map((tool) => row(`tools/${tool}`, sourcesIn(`tools/${tool}/src`))),
];
process.stdout.write(table([HEAD, ...rows]));
