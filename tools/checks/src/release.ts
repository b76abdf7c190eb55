import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { outputOf } from "./command.js";
import { published, ROOT } from "./workspace.js";

/** What the manifests say of a package of ours that the user brings: packed, it is `^` and the version. */
const PEER = '"workspace:^"';
/** What changesets is shown instead. */
const ANY = '"workspace:>=0.0.0"';

/**
 * Turns the pending changesets into versions and changelogs. All packages have one version (`fixed` in `.changeset/config.json`), so
 * a peer range always fits; but changesets takes a peer that leaves its range for a major release of whoever has it, which
 * before 1.0 every minor release would be. So it does not see those ranges.
 *
 * @param root - a checkout
 */
export function versionPackages(root: string): void {
  const manifests = published().map(({ path }) => join(root, path, "package.json"));
  for (const path of manifests) replace(path, PEER, ANY);
  try {
    outputOf(join(ROOT, "node_modules/.bin/changeset"), ["version"], root);
  } finally {
    for (const path of manifests) replace(path, ANY, PEER);
  }
}

function replace(path: string, before: string, after: string): void {
  writeFileSync(path, readFileSync(path, "utf8").replaceAll(before, after));
}
