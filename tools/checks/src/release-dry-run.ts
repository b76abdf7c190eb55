import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { outputOf } from "./command.js";
import { versionPackages } from "./release.js";
import { type CheckoutCopy, copyCheckout, packedManifests, pendingChangesets } from "./release-copy.js";
import { type Bump, bumped, largestBump, releaseViolations } from "./release-rules.js";

/**
 * Tries three releases in a copy of the checkout: what is pending, then a patch and a breaking change of core alone. The patch is what pnpm is
 * asked to publish: surely nobody has published it yet.
 *
 * @returns one line of what was shown
 * @throws Error if a version, a range or a changelog of any of them is wrong, or if pnpm would not publish every package
 */
export async function releaseDryRun(): Promise<string> {
  using copy = copyCheckout();
  const before = privateFiles(copy);
  const pending = largestBump(pendingChangesets(copy.root));
  const next = pending === undefined ? "nothing is pending" : `what is pending makes ${release(copy, pending)}`;
  const patch = releaseOfCore(copy, "patch");
  const offered = outputOf("npx", ["-y", "--prefer-offline", "pnpm@12", "publish", "-r", "--dry-run", "--no-git-checks"], copy.root);
  const kept = copy.packages.filter(({ name }) => !offered.includes(`${name}@${patch}`));
  const minor = releaseOfCore(copy, "minor");
  const touched = privateFiles(copy) === before ? [] : ["a private package has got another manifest, or a changelog"];
  const problems = [...kept.map(({ name }) => `pnpm would not publish ${name} ${patch}`), ...touched];
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return `${next}; after it releases of core alone make ${patch} and ${minor} of all; pnpm would publish ${copy.packages.length} packages as ${patch}`;
}

function releaseOfCore(copy: CheckoutCopy, bump: Bump): string {
  writeFileSync(join(copy.root, ".changeset/hypothetical.md"), `---\n"@rollcall/core": ${bump}\n---\n\nA change.\n`);
  return release(copy, bump);
}

/** Makes a release, and returns its version. */
function release(copy: CheckoutCopy, bump: Bump): string {
  const version = bumped(versionOf(copy), bump);
  versionPackages(copy.root);
  const names = copy.packages.map(({ name }) => name);
  const unsaid = copy.packages.filter(({ directory }) => !changelog(directory).includes(`\n## ${version}\n`));
  const problems = [
    ...releaseViolations(packedManifests(copy), names, version),
    ...unsaid.map(({ name }) => `the changelog of ${name} does not know ${version}`),
    ...(pendingChangesets(copy.root).length > 0 ? ["changesets are left after the release"] : []),
  ];
  if (problems.length > 0) throw new Error(`a ${bump} release:\n${problems.join("\n")}`);
  return version;
}

function versionOf({ packages }: CheckoutCopy): string {
  const manifest = readFileSync(join(packages[0]?.directory ?? "", "package.json"), "utf8");
  return (JSON.parse(manifest) as { readonly version: string }).version;
}

function changelog(directory: string): string {
  const path = join(directory, "CHANGELOG.md");
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/** The manifests and changelogs of everything that is not published, as one text. */
function privateFiles({ root, packages }: CheckoutCopy): string {
  const ours = packages.map(({ directory }) => `${directory}/`);
  return outputOf(
    "find",
    [root, "-name", "node_modules", "-prune", "-o", "(", "-name", "package.json", "-o", "-name", "CHANGELOG.md", ")", "-print"],
    root,
  )
    .split("\n")
    .filter((path) => path !== "" && !ours.some((directory) => path.startsWith(directory)))
    .sort()
    .map((path) => `${path}\n${readFileSync(path, "utf8")}`)
    .join("\n");
}
