import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { outputOf } from "../command.js";
import { packedPackage } from "../packed.js";
import { ROOT } from "../workspace.js";
import { type OutsideProject, outsideProject } from "./project.js";

const NAME = "my-system";
/** What the program in the generated README prints. */
const PRINTED = "use m1 m2 m3\nuse m2 m3\n";

/** How a suite went, in the words of vitest's JSON reporter. */
interface Results {
  readonly numTotalTests: number;
  readonly numPassedTests: number;
}

/**
 * Begins a provider with the packed generator, as a stranger would, and follows its README: built, checked, tested, packed, and installed somewhere else, where the program
 * of the README runs against the provider's own simulator.
 *
 * @returns what was proven, in one line
 * @throws Error if any of it fails, or if the generated suite has fewer tests than that of the template
 */
export async function generatedProvider(): Promise<string> {
  const provider = mkdtempSync(join(tmpdir(), "rollcall-generated-"));
  const outside = outsideProject({ manager: "npm", packages: ["create-provider"], files: {} });
  try {
    outside.run("create-rollcall-provider", [NAME, "--directory", provider]);
    const passed = followed(outside, provider);
    outside.run("npm", ["pack", provider, "--pack-destination", outside.directory]);
    used(join(outside.directory, tarballIn(outside.directory)), readFileSync(join(provider, "README.md"), "utf8"));
    return `a generated provider was built and packed, its ${passed} tests passed, and its README ran where it was installed`;
  } finally {
    outside.close();
    rmSync(provider, { recursive: true, force: true });
  }
}

/** Does what the generator and the README say; returns how many tests passed. */
function followed({ run }: OutsideProject, provider: string): number {
  const npm = (...args: readonly string[]): string => run("npm", ["--prefix", provider, ...args]);
  const ours = ["core", "testkit"].map((folder) => packedPackage(folder).tarball);
  // Not saved: its package.json stays as it was written.
  npm("install", "--no-save", "--prefer-offline", "--no-audit", "--no-fund", ...ours);
  npm("run", "build");
  npm("run", "check");
  const report = join(provider, "results.json");
  npm("test", "--", "--reporter=json", `--outputFile=${report}`);
  const { numTotalTests, numPassedTests } = JSON.parse(readFileSync(report, "utf8")) as Results;
  rmSync(report);
  const fewest = testsOfTheTemplate();
  if (numPassedTests === numTotalTests && numPassedTests >= fewest) return numPassedTests;
  throw new Error(
    `of ${numTotalTests} tests of the generated provider ${numPassedTests} passed; the template has ${fewest}, and skips none`,
  );
}

function testsOfTheTemplate(): number {
  const vitest = join(ROOT, "node_modules", ".bin", "vitest");
  const list = JSON.parse(
    outputOf(vitest, ["list", "--json", "--project=units", "tools/create-provider/template/"], ROOT),
  ) as readonly unknown[];
  if (list.length === 0) throw new Error("the template has no tests");
  return list.length;
}

/** Installs the packed provider into an empty project and runs the first program of its README there. */
function used(tarball: string, readme: string): void {
  const program = /^```js\n(.*?)^```$/ms.exec(readme)?.[1];
  if (program === undefined) throw new Error("the generated README has no program");
  const dependencies = { [NAME]: `file:${tarball}` };
  const project = outsideProject({ manager: "pnpm", packages: ["core"], dependencies, files: { "readme.js": program } });
  try {
    const printed = project.run("node", ["readme.js"]);
    if (printed !== PRINTED)
      throw new Error(`the program of the generated README printed ${JSON.stringify(printed)}, not ${JSON.stringify(PRINTED)}`);
  } finally {
    project.close();
  }
}

function tarballIn(directory: string): string {
  const found = readdirSync(directory).find((name) => name.endsWith(".tgz"));
  if (found === undefined) throw new Error(`npm pack left no tarball in ${directory}`);
  return found;
}
