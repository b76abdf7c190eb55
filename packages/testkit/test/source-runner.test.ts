import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, it, onTestFinished } from "vitest";

it("the suite for sources runs under node:test: a good one passes, a broken one fails with the rule, what is not claimed is skipped", {
  timeout: 60_000,
}, async () => {
  const directory = await mkdtemp(join(tmpdir(), "rollcall-testkit-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const [entry, outfile] = [fileURLToPath(new URL("source-suite.ts", import.meta.url)), join(directory, "suite.mjs")];
  await build({ entryPoints: [entry], outfile, bundle: true, platform: "node", format: "esm", conditions: ["@rollcall/source"] });
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, ["--test", "--test-reporter=tap", outfile], (_error, printed) => resolve(printed));
  });
  expect(output).toMatch(/^ok 1 - the good one is a source$/m);
  expect(output).toMatch(/^not ok 2 - the broken one is a source$/m);
  expect(output).toContain("broken rule: restore() throws for what is no stored answer");
  expect(output).toMatch(/^ +ok 1 - of one member \(the capability move is not claimed\) # SKIP$/m);
});
