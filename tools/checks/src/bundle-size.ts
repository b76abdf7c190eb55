import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compressedBytes, installedBytes } from "./measure-sizes.js";
import { sizeLimits } from "./size-limits.js";
import { type Measured, sizeTable, staleRows, withTable } from "./size-table.js";
import { table } from "./table.js";
import { entriesOf, published, ROOT } from "./workspace.js";

// What an application pays for each import, against the limits, and what each package takes on the disk. README.md has the same figures;
// `--write` renews them.

const README = join(ROOT, "README.md");
const packages = published();
const limits = sizeLimits(packages.flatMap(({ manifest }) => entriesOf(manifest).map((entry) => ({ from: manifest.name, entry }))));

const imports = await Promise.all(
  limits.map(async (limit) => {
    const from = packages.find(({ manifest }) => manifest.name === limit.from);
    return { ...limit, bytes: from ? await compressedBytes(from, limit.code) : 0 };
  }),
);
const rows = packages.flatMap((one): readonly Measured[] => {
  const installed = installedBytes(one);
  const [main, ...others] = imports.filter(({ from }) => from === one.manifest.name);
  return [{ ...(main ?? { what: `\`${one.manifest.name}\`` }), installed }, ...others];
});

const heavy = imports.filter(({ bytes, maxBytes }) => bytes > maxBytes);
const judged = imports.map(({ what, bytes, maxBytes }) => [what, String(bytes), String(maxBytes), bytes > maxBytes ? "TOO LARGE" : "ok"]);
process.stdout.write(`${table([["import", "min+gzip B", "limit B", ""], ...judged])}\n`);
const figures = sizeTable(rows);
process.stdout.write(figures);

if (process.argv.includes("--write")) writeFileSync(README, withTable(readFileSync(README, "utf8"), figures));
const stale = staleRows(readFileSync(README, "utf8"), figures);
for (const problem of stale) process.stderr.write(`README.md: ${problem}\n`);
if (stale.length > 0) process.stderr.write("`pnpm check:size --write` renews the table\n");
if (heavy.length > 0 || stale.length > 0) process.exitCode = 1;
