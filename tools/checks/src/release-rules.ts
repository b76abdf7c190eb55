import type { Manifest } from "./manifest-rules.js";

/** How much a release changes. */
export type Bump = "patch" | "minor" | "major";

/** The version after a release, in semantic versioning. */
export function bumped(version: string, bump: Bump): string {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  if (bump === "major") return `${major + 1}.0.0`;
  return bump === "minor" ? `${major}.${minor + 1}.0` : `${major}.${minor}.${patch + 1}`;
}

/** The most that any of the changesets asks for; `undefined` = there are none. */
export function largestBump(changesets: readonly string[]): Bump | undefined {
  const asked = changesets.flatMap((text) => [...text.matchAll(/^["'][^"']+["']: (patch|minor|major)$/gm)].map(([, bump]) => bump));
  return (["major", "minor", "patch"] as const).find((bump) => asked.includes(bump));
}

/**
 * What is wrong with the manifests of packed packages that are to be released together.
 *
 * @param names - of every package that is ours; each must be among the packed
 * @param version - which all of them must have
 */
export function releaseViolations(packed: readonly Manifest[], names: readonly string[], version: string): readonly string[] {
  const absent = names.filter((name) => !packed.some((manifest) => manifest.name === name)).map((name) => `${name} was not packed`);
  const wrong = packed.flatMap((manifest) => {
    const { dependencies = {}, peerDependencies = {}, devDependencies = {} } = manifest;
    const ranges = [devDependencies, dependencies, peerDependencies].flatMap((group) => Object.entries(group));
    const local = ranges.filter(([, range]) => /^(workspace|catalog|file|link):/.test(range));
    const users = Object.entries({ ...dependencies, ...peerDependencies }).filter(([name]) => names.includes(name));
    const other = users.filter(([, range]) => range !== `^${version}`);
    return [
      ...(manifest.version === version ? [] : [`${manifest.name} has version ${manifest.version} and not ${version}`]),
      ...local.map(([name, range]) => `${manifest.name} wants ${name} ${range}, which nobody can install`),
      ...other.map(([name, range]) => `${manifest.name} wants ${name} ${range} and not ^${version}`),
    ];
  });
  return [...absent, ...wrong];
}
