import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { onTestFinished } from "vitest";

const SOURCES = fileURLToPath(new URL("../../src", import.meta.url));
// Inside the package, so that drivers are found where a user's would be.
const TEMP = fileURLToPath(new URL("../../temp", import.meta.url));

/** One of the example programs as a file that Node runs by itself, in another thread or process, until the test ends. */
export async function bundled(program: string): Promise<URL> {
  mkdirSync(TEMP, { recursive: true });
  const folder = mkdtempSync(join(TEMP, "program-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const outfile = join(folder, `${basename(program, ".ts")}.mjs`);
  await build({
    ...{ entryPoints: [join(SOURCES, program)], outfile, bundle: true, format: "esm", platform: "node", logLevel: "error" },
    ...{ conditions: ["@rollcall/source"], external: ["@grpc/grpc-js"] },
  });
  return pathToFileURL(outfile);
}
