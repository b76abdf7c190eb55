import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { HOUSE, STANDALONE, STANDALONE_TESTS } from "./compiler-settings.js";
import { houseManifest, type Manifest, standaloneManifest } from "./manifests.js";
import { type ProviderNames, providerNames } from "./provider-names.js";
import { providerFiles } from "./template.js";

/** A provider that has been written. */
export interface CreatedProvider {
  /** Absolute path. */
  readonly directory: string;
  readonly names: ProviderNames;
}

/** The generator's own `package.json`. */
export const OWN_MANIFEST: Manifest = readManifest(new URL("../package.json", import.meta.url));

/** What npm would not publish as part of this package is written from here. */
const GITIGNORE = "node_modules/\ndist/\n*.tsbuildinfo\n*.tgz\n";

/** Where a provider that stands by itself goes. */
export interface Destination {
  /** The current directory. */
  readonly parent: string;
  /** Relative to `parent`. Has to be missing or empty. Default: the name without its scope. */
  readonly directory: string | undefined;
  /** The generator's `package.json`, which has the versions. */
  readonly own: Manifest;
}

/**
 * Writes a provider that stands by itself.
 *
 * @param name - of its package
 * @throws Error in one line for a name that cannot be used, or a directory that is not empty; nothing is written then
 */
export function createProvider(name: string, { parent, directory, own }: Destination): CreatedProvider {
  const names = providerNames(name);
  return written(resolve(parent, directory ?? names.kebab), names, {
    "package.json": standaloneManifest(names, own),
    "tsconfig.json": STANDALONE,
    "test/tsconfig.json": STANDALONE_TESTS,
    ".gitignore": GITIGNORE,
  });
}

/**
 * Writes a provider into a checkout of Rollcall: `packages/<system>`, with the package `@rollcall/<system>`.
 *
 * @param system - without a scope
 * @param root - of the checkout
 * @throws as {@link createProvider}, and where there is no checkout
 */
export function createHouseProvider(system: string, root: string): CreatedProvider {
  if (system.includes("/"))
    throw new Error(`name: got ${JSON.stringify(system)}, expected the system alone; its package will be @rollcall/<name>`);
  const names = providerNames(`@rollcall/${system}`);
  const core = join(root, "packages", "core", "package.json");
  if (!existsSync(core))
    throw new Error(`--workspace: got ${root}, expected the root of a checkout of Rollcall; leave it out for a package of your own`);
  return written(join(root, "packages", system), names, {
    "package.json": houseManifest(names, readManifest(core)),
    "tsconfig.json": HOUSE,
  });
}

function written(directory: string, names: ProviderNames, settings: Readonly<Record<string, object | string>>): CreatedProvider {
  requireEmpty(directory);
  const files = new Map(providerFiles(names));
  for (const [path, content] of Object.entries(settings)) {
    files.set(path, typeof content === "string" ? content : `${JSON.stringify(content, undefined, 2)}\n`);
  }
  for (const [path, text] of files) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return { directory, names };
}

/** A repository without a commit is as good as empty. */
function requireEmpty(directory: string): void {
  if (!existsSync(directory)) return;
  const found = statSync(directory).isDirectory() ? readdirSync(directory).find((name) => name !== ".git") : "a file of that name";
  if (found === undefined) return;
  throw new Error(
    `directory: got ${directory}, in which there is ${found}; expected an empty one, or none; choose another name or directory`,
  );
}

function readManifest(path: string | URL): Manifest {
  return JSON.parse(readFileSync(path, "utf8")) as Manifest;
}
