import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CodeBlock, documents, ending, programs } from "../src/code-blocks.js";
import { type ReadmeStage, startReadmeStage } from "../src/readme-stage.js";

const root = new URL("../../../", import.meta.url);
// Inside the package, so that a block's imports are found where a user's would be.
const temp = fileURLToPath(new URL("../temp/", import.meta.url));
let scratch: string;
const endsWithinMs = 60_000;

// The testkit's own tests run its blocks under node:test, which they are written for.
const pages = documents(root)
  .filter((document) => document !== "packages/testkit/README.md")
  .map((document) => [document, programs(root, document)] as const);
let stage: ReadmeStage;

beforeAll(async () => {
  mkdirSync(temp, { recursive: true });
  scratch = mkdtempSync(join(temp, "run-"));
  stage = await startReadmeStage();
  const blocks = pages.flatMap(([, programs]) => programs).filter(({ runs }) => runs);
  for (const { file, code } of blocks) writeFileSync(join(scratch, file), ending(stage.set(code)));
  await Promise.all(["js", "ts"].map((language) => compile(language, blocks)));
}, 120_000);

afterAll(async () => {
  await stage.close();
  rmSync(scratch, { recursive: true, force: true });
});

describe.each(pages)("%s", (_document, blocks) => {
  it("has code", () => expect(blocks.length).toBeGreaterThan(0));

  it.concurrent.each(blocks.filter(({ runs }) => runs).map((block) => [block.line, block] as const))(
    "the code at line %i runs, prints what it says it does, and ends",
    { timeout: endsWithinMs + 5_000 },
    async (_line, { code, file }) => {
      const ran = await run(join(scratch, `${file}.mjs`));
      expect(ran.failed, ran.errors).toBe(false);
      if (code.includes("console.log")) expect(ran.output).not.toBe("");
    },
  );
});

/** Types erased and the sources of the workspace bundled, since the oldest Node does neither; `js` is left as it is written. */
async function compile(language: string, blocks: readonly (CodeBlock & { readonly file: string })[]): Promise<void> {
  await build({
    entryPoints: Object.fromEntries(blocks.filter((block) => block.language === language).map(({ file }) => [file, join(scratch, file)])),
    outdir: scratch,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: language === "ts" ? "node20" : "esnext",
    conditions: ["@rollcall/source"],
    plugins: [packagesOfOthers],
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true } },
  });
}

/** Packages of others are not bundled: they read their own files, and are loaded as users' programs load them. */
const packagesOfOthers: Plugin = {
  name: "packages of others",
  setup(building) {
    building.onResolve({ filter: /^[^./]/ }, async ({ path, pluginData, importer, resolveDir, kind }) => {
      if (path.startsWith("@rollcall/") || isBuiltin(path) || pluginData === packagesOfOthers) return undefined;
      const found = await building.resolve(path, { importer, resolveDir, kind, pluginData: packagesOfOthers });
      return { ...found, external: true };
    });
  },
};

function run(program: string): Promise<{ readonly failed: boolean; readonly output: string; readonly errors: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program], { timeout: endsWithinMs }, (error, output, errors) => {
      const late = error?.killed ? `did not end within ${endsWithinMs} ms\n` : "";
      resolve({ failed: error !== null, output, errors: `${late}${output}${errors}` });
    });
  });
}
