import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { table } from "./table.js";
import { ROOT } from "./workspace.js";

// What an application pays for core: bundled, minified and compressed, against the budget.

/** What is measured and what it may weigh, in bytes. */
interface Budget {
  readonly what: string;
  readonly code: string;
  readonly maxBytes: number;
}

const BUDGETS: readonly Budget[] = [
  { what: "import { MetadataPoller }", code: 'export { MetadataPoller } from "@rollcall/core";', maxBytes: 12_200 },
  { what: "all of @rollcall/core", code: 'export * from "@rollcall/core";', maxBytes: 17_900 },
];

const measured = await Promise.all(BUDGETS.map(async (budget) => ({ ...budget, bytes: await compressedBytes(budget.code) })));
const rows = measured.map(({ what, bytes, maxBytes }) => [what, String(bytes), String(maxBytes), bytes > maxBytes ? "TOO LARGE" : "ok"]);
process.stdout.write(table([["bundle", "min+gzip B", "budget B", ""], ...rows]));
if (measured.some(({ bytes, maxBytes }) => bytes > maxBytes)) process.exitCode = 1;

async function compressedBytes(code: string): Promise<number> {
  const core = join(ROOT, "packages", "core");
  const { outputFiles } = await build({
    // The folder of core itself: a package may import itself by name.
    stdin: { contents: code, resolveDir: core, sourcefile: "entry.js" },
    absWorkingDir: core,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node20",
    write: false,
    logLevel: "warning",
  });
  return gzipSync(outputFiles[0]?.contents ?? readFileSync(join(core, "package.json")), { level: 9 }).length;
}
