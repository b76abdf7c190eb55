import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { onTestFinished } from "vitest";

/** Runs a program under `node --test`, types erased and bundled with the sources, since the oldest Node does neither. */
export async function underNodeTest(program: string): Promise<{ readonly code: unknown; readonly output: string }> {
  const directory = await mkdtemp(join(tmpdir(), "rollcall-testkit-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const outfile = join(directory, "suite.mjs");
  const resolveDir = fileURLToPath(new URL(".", import.meta.url));
  const conditions = ["@rollcall/source"];
  await build({
    stdin: { contents: program, resolveDir, loader: "ts" },
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    conditions,
  });
  return new Promise((resolve) => {
    execFile(process.execPath, ["--test", "--test-reporter=tap", outfile], (error, output) => resolve({ code: error?.code ?? 0, output }));
  });
}
