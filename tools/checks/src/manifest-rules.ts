import { isDeepStrictEqual } from "node:util";

/** What the checks read of a `package.json`. */
export interface Manifest {
  readonly name: string;
  readonly version?: string;
  readonly private?: boolean;
  readonly description?: string;
  readonly keywords?: readonly string[];
  readonly homepage?: string;
  readonly bugs?: string;
  readonly repository?: { readonly type: string; readonly url: string; readonly directory: string };
  readonly type?: string;
  readonly license?: string;
  readonly main?: string;
  readonly module?: string;
  readonly sideEffects?: boolean;
  readonly engines?: Readonly<Record<string, string>>;
  readonly files?: readonly string[];
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, Conditions | string>>;
  readonly publishConfig?: {
    readonly access?: string;
    readonly provenance?: boolean;
    readonly exports?: Readonly<Record<string, Conditions | string>>;
  };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

type Conditions = Readonly<Record<string, string>>;

/** The condition under which tests and tools see the sources; it must not be published. */
export const SOURCE_CONDITION = "@rollcall/source";

/** Where the sources are. npm believes the provenance of a package only if it was built there. */
export const REPOSITORY = "https://github.com/rollcall-js/rollcall";

/**
 * What a published package's manifest gets wrong, whatever it is.
 *
 * @param manifest - the parsed `package.json`
 * @param directory - the package's folder, from the root and with forward slashes
 */
export function manifestViolations(manifest: Manifest, directory: string): readonly string[] {
  const { dependencies = {}, devDependencies = {}, peerDependencies = {} } = manifest;
  const repository = { type: "git", url: `git+${REPOSITORY}.git`, directory };
  const wrong: readonly (readonly [string, boolean])[] = [
    ["type is not module", manifest.type !== "module"],
    ["has an entry besides exports", "main" in manifest || "module" in manifest],
    ["license is not Apache-2.0", manifest.license !== "Apache-2.0"],
    [`repository is not ${JSON.stringify(repository)}`, !isDeepStrictEqual(manifest.repository, repository)],
    ["homepage is not its README", manifest.homepage !== `${REPOSITORY}/tree/main/${directory}#readme`],
    ["bugs are not the repository's issues", manifest.bugs !== `${REPOSITORY}/issues`],
    ["has no description", !manifest.description],
    ["keywords lack rollcall, or any other", !manifest.keywords?.includes("rollcall") || manifest.keywords.length < 3],
    ["names an author instead of leaving it to the repository", "author" in manifest || "contributors" in manifest],
    ["engines.node is not >=20.19", manifest.engines?.["node"] !== ">=20.19"],
    ["sideEffects is not false", manifest.sideEffects !== false],
    ["publishConfig.access is not public", manifest.publishConfig?.access !== "public"],
    ["publishConfig.provenance is not true", manifest.publishConfig?.provenance !== true],
    ["files lacks dist", !manifest.files?.includes("dist")],
    ["files lacks src, to which the source maps point", !manifest.files?.includes("src")],
  ];
  const unpinned = Object.entries({ ...dependencies, ...devDependencies }).filter(([, range]) => !/^(catalog|workspace):/.test(range));
  const loose = Object.entries(peerDependencies).filter(([name, range]) => name.startsWith("@rollcall/") && range !== "workspace:^");
  return [
    ...wrong.filter(([, broken]) => broken).map(([message]) => message),
    ...unpinned.map(([name]) => `${name} does not take its version from the catalog or the workspace`),
    ...loose.map(([name]) => `the range of the peer ${name} is not workspace:^`),
  ];
}

/**
 * What a library's manifest gets wrong besides.
 *
 * @param peers - packages that the user brings: core and the driver
 */
export function libraryViolations(manifest: Manifest, peers: readonly string[]): readonly string[] {
  const { dependencies = {}, peerDependencies = {} } = manifest;
  return [
    ...(publishesItsExports(manifest) ? [] : ["publishConfig.exports is not exports without the source condition"]),
    ...exportViolations(manifest),
    ...peers.filter((name) => !(name in peerDependencies)).map((name) => `${name} is not a peer dependency`),
    ...peers.filter((name) => name in dependencies).map((name) => `${name} is a dependency, and should be a peer`),
  ];
}

function publishesItsExports({ exports = {}, publishConfig }: Manifest): boolean {
  const published = Object.entries(exports).map(([path, target]) => [path, withoutSource(target)] as const);
  return isDeepStrictEqual(publishConfig?.exports, Object.fromEntries(published));
}

function withoutSource(target: Conditions | string): Conditions | string {
  if (typeof target === "string") return target;
  return Object.fromEntries(Object.entries(target).filter(([condition]) => condition !== SOURCE_CONDITION));
}

function exportViolations({ exports = {} }: Manifest): readonly string[] {
  return Object.entries(exports)
    .filter(([path]) => path !== "./package.json")
    .filter(([, target]) => Object.keys(target).join() !== `${SOURCE_CONDITION},types,default`)
    .map(([path]) => `exports["${path}"] is not ${SOURCE_CONDITION}, types, default in this order`);
}
