import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

/**
 * A folder for the tests of one file, removed after them. It is inside this package, so that what is generated there finds what it imports,
 * and not in the package's own `temp`, which `check:pack` empties.
 *
 * @param what - begins its name
 */
export function scratch(what: string): string {
  const temp = fileURLToPath(new URL("../../scratch/temp", import.meta.url));
  mkdirSync(temp, { recursive: true });
  const folder = mkdtempSync(join(temp, `${what}-`));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The generator's `package.json` as it is when published: with versions. */
export const PUBLISHED = {
  version: "1.2.3",
  devDependencies: {
    "@rollcall/core": "^1.0.0",
    "@rollcall/testkit": "^1.1.0",
    "@types/node": "^20.19.0",
    typescript: "^7.0.2",
    vitest: "^4.1.12",
    zod: "^4.6.7",
  },
};
