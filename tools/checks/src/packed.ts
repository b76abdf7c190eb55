import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
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
 * @throws Error if there is none; it says how to make it
 */
export function packedPackage(folder: string): PackedPackage {
  const found = published().find((one) => one.folder === folder);
  if (found === undefined) throw new Error(`no package is published from a folder named ${folder}`);
  const { name } = found.manifest;
  const temp = join(found.directory, "temp");
  const tarball = existsSync(temp) ? readdirSync(temp).find((file) => file.endsWith(".tgz")) : undefined;
  if (tarball === undefined) throw new Error(`${name} is not packed; \`pnpm exec turbo run check:pack\` packs every package`);
  return { name, tarball: join(temp, tarball) };
}
