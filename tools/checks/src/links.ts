import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { run, tool } from "./command.js";
import { publishedLinkViolations } from "./link-rules.js";
import { published, ROOT, toolNames } from "./workspace.js";

// Every relative link and heading in the repository's documents leads somewhere, and those of published READMEs do on npm as well.

const packages = published().map(({ directory }) => relative(ROOT, directory));
const folders = new Set([".", "docs", ...packages, ...toolNames().map((name) => join("tools", name))]);
const documents = [...folders]
  .filter((folder) => existsSync(join(ROOT, folder)))
  .flatMap((folder) => readdirSync(join(ROOT, folder)).map((name) => join(folder, name)))
  .filter((path) => path.endsWith(".md"));

const plugin = fileURLToPath(import.meta.resolve("remark-validate-links"));
const settings = ["--no-config", "--no-ignore", "--no-color", "--no-stdout", "--frail", "--quiet", "--use", `${plugin}=repository:false`];
if (!run(tool("remark"), [...settings, ...documents], ROOT)) process.exitCode = 1;

for (const readme of documents.filter((path) => packages.includes(dirname(path)))) {
  for (const violation of publishedLinkViolations(readFileSync(join(ROOT, readme), "utf8"))) {
    process.stderr.write(`${readme}:${violation}\n`);
    process.exitCode = 1;
  }
}
