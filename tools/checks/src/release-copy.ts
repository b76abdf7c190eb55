import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { outputOf } from "./command.js";
import type { Manifest } from "./manifest-rules.js";
import { published, ROOT } from "./workspace.js";

/** A checkout in which a release can be tried. */
export interface CheckoutCopy extends Disposable {
  readonly root: string;
  /** Its packages that are published. */
  readonly packages: readonly { readonly name: string; readonly directory: string }[];
}

/** Copies what git knows or would add, as it is now. Nothing is built; packages find each other, and the tools of the checkout, by links. */
export function copyCheckout(): CheckoutCopy {
  const root = mkdtempSync(join(tmpdir(), "rollcall-release-"));
  const files = outputOf("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], ROOT).split("\0");
  for (const file of files.filter((name) => name !== "" && existsSync(join(ROOT, name)))) cpSync(join(ROOT, file), join(root, file));
  symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
  const packages = published().map(({ manifest, path }) => ({ name: manifest.name, directory: join(root, path) }));
  for (const { directory } of packages) {
    for (const { name, directory: target } of packages) {
      const link = join(directory, "node_modules", name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(target, link);
    }
  }
  return { root, packages, [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) };
}

/** Packs every package and returns what the manifests in the tarballs say. */
export function packedManifests({ root, packages }: CheckoutCopy): readonly Manifest[] {
  const temp = join(root, "packed");
  rmSync(temp, { recursive: true, force: true });
  const wanted = packages.flatMap(({ name }) => ["--filter", name]);
  outputOf("npx", ["-y", "--prefer-offline", "pnpm@12", "-r", ...wanted, "pack", "--pack-destination", temp], root);
  return readdirSync(temp).map(
    (tarball) => JSON.parse(outputOf("tar", ["-xzOf", join(temp, tarball), "package/package.json"], temp)) as Manifest,
  );
}

/** The changesets that wait for the next release. */
export function pendingChangesets(root: string): readonly string[] {
  const folder = join(root, ".changeset");
  return readdirSync(folder)
    .filter((name) => name.endsWith(".md") && name !== "README.md")
    .map((name) => readFileSync(join(folder, name), "utf8"));
}
