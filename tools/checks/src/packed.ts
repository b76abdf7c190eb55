import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Manifest } from "./manifest-rules.js";
import { published } from "./workspace.js";

/** A package as it would be published. */
export interface PackedPackage {
  /** Its name on npm. */
  readonly name: string;
  /** Absolute path of the tarball. */
  readonly tarball: string;
}

/**
 * The tarball that the task `check:pack` has left in a package's folder.
 *
 * @param folder - as in `core` or `create-provider`
 * @throws Error if there is none of its present version; it says how to make it
 */
export function packedPackage(folder: string): PackedPackage {
  const found = published().find((one) => one.folder === folder);
  if (found === undefined) throw new Error(`no package is published from a folder named ${folder}`);
  const { name } = found.manifest;
  const tarball = join(found.directory, "temp", tarballName(found.manifest));
  if (!existsSync(tarball)) throw new Error(`${name} is not packed; \`pnpm exec turbo run check:pack\` packs every package`);
  return { name, tarball };
}

/** What `npm pack` and `pnpm pack` call the tarball of a package. */
export function tarballName({ name, version }: Manifest): string {
  return `${name.replace("@", "").replace("/", "-")}-${version}.tgz`;
}
