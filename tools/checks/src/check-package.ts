import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { outputOf, run, tool } from "./command.js";
import { SOURCE_CONDITION } from "./manifest-rules.js";

// Packs the package in the current folder into `temp/` as it would be published, and looks at the tarball as its users will:
// publint for the manifest, attw for the types. The tarball stays there for the install smoke test.

const temp = join(process.cwd(), "temp");
rmSync(temp, { recursive: true, force: true });
mkdirSync(temp);
outputOf("pnpm", ["pack", "--pack-destination", temp], process.cwd());
const tarballs = readdirSync(temp).filter((name) => name.endsWith(".tgz"));
const tarball = join(temp, tarballs[0] ?? "none.tgz");

const manifest = outputOf("tar", ["-xzOf", tarball, "package/package.json"], temp);
const ours = readFileSync("package.json", "utf8");
const stripped = !manifest.includes(SOURCE_CONDITION) && ours.includes(SOURCE_CONDITION);
if (!stripped) process.stderr.write(`the packed manifest still names ${SOURCE_CONDITION}\n`);

const accepted = [
  run(tool("publint"), ["run", tarball, "--strict"]),
  run(tool("attw"), [tarball, "--profile", "esm-only", "--no-emoji", "--format", "ascii"]),
];
if (!stripped || accepted.includes(false)) process.exitCode = 1;
