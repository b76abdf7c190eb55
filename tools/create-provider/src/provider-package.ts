import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { HOUSE, STANDALONE, STANDALONE_TESTS } from "./compiler-settings.js";
import { houseManifest, type Manifest, standaloneManifest } from "./manifests.js";
import { type ProviderNames, providerNames, standaloneNames } from "./provider-names.js";
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

/** What keeps a directory from being made, by the code of the error. */
const OBSTACLES: Readonly<Record<string, string>> = {
  EEXIST: "there is a file of that name",
  ENOTDIR: "a part of the path is a file",
  ENOENT: "a part of the path is a link to nothing",
  ELOOP: "a part of the path is a link to itself",
  EACCES: "it, or a directory above it, is not yours to use",
};

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
 * @throws Error in one line for a name that cannot be used, or a directory that is not empty or cannot be made; nothing is written then
 */
export function createProvider(name: string, { parent, directory, own }: Destination): CreatedProvider {
  const names = standaloneNames(name, Object.keys(own.devDependencies));
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
  const files = new Map(providerFiles(names));
  for (const [path, content] of Object.entries(settings)) {
    files.set(path, typeof content === "string" ? content : `${JSON.stringify(content, undefined, 2)}\n`);
  }
  requireEmpty(directory);
  for (const [path, text] of files) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return { directory, names };
}

/** Makes the directory if there is none. A repository without a commit is as good as empty. */
function requireEmpty(directory: string): void {
  const problem = problemWith(directory);
  if (problem === undefined) return;
  throw new Error(`directory: got ${directory}, ${problem}; expected an empty one, or none; choose another name or directory`);
}

function problemWith(directory: string): string | undefined {
  try {
    mkdirSync(directory, { recursive: true });
    const found = readdirSync(directory).find((name) => name !== ".git");
    return found === undefined ? undefined : `in which there is ${found}`;
  } catch (error) {
    const { code = "unknown error" } = error as NodeJS.ErrnoException;
    return `which cannot be used: ${OBSTACLES[code] ?? code}`;
  }
}

function readManifest(path: string | URL): Manifest {
  return JSON.parse(readFileSync(path, "utf8")) as Manifest;
}
