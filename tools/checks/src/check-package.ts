import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { outputOf, run, tool } from "./command.js";
import { type Manifest, SOURCE_CONDITION } from "./manifest-rules.js";
import { tarballViolations } from "./tarball-rules.js";

// Packs the package in the current folder into `temp/` as it would be published, and looks at the tarball as its users will: what is in
// it, publint for the manifest, and for a library attw for the types. The tarball stays there for `pnpm test:packages`.

const temp = join(process.cwd(), "temp");
rmSync(temp, { recursive: true, force: true });
mkdirSync(temp);
outputOf("pnpm", ["pack", "--pack-destination", temp], process.cwd());
const tarballs = readdirSync(temp).filter((name) => name.endsWith(".tgz"));
const tarball = join(temp, tarballs[0] ?? "none.tgz");

outputOf("tar", ["-xzf", tarball], temp);
const unpacked = join(temp, "package");
const manifest = readFileSync(join(unpacked, "package.json"), "utf8");
const { exports } = JSON.parse(manifest) as Manifest;
const problems = [
  ...(manifest.includes(SOURCE_CONDITION) ? [`the packed manifest still names ${SOURCE_CONDITION}`] : []),
  ...tarballViolations(filesIn(unpacked)),
];
rmSync(unpacked, { recursive: true });
for (const problem of problems) process.stderr.write(`${problem}\n`);

const accepted = [
  run(tool("publint"), ["run", tarball, "--strict"]),
  exports === undefined || run(tool("attw"), [tarball, "--profile", "esm-only", "--no-emoji", "--format", "ascii"]),
];
if (problems.length > 0 || accepted.includes(false)) process.exitCode = 1;

function filesIn(directory: string): ReadonlyMap<string, string> {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name));
  return new Map(paths.map((path) => [path.slice(directory.length + 1), path.endsWith(".map") ? readFileSync(path, "utf8") : ""]));
}
