import { isDeepStrictEqual } from "node:util";

/** What the checks read of a `package.json`. */
export interface Manifest {
  readonly name: string;
  readonly type?: string;
  readonly license?: string;
  readonly main?: string;
  readonly module?: string;
  readonly sideEffects?: boolean;
  readonly engines?: Readonly<Record<string, string>>;
  readonly files?: readonly string[];
  readonly exports?: Readonly<Record<string, Conditions | string>>;
  readonly publishConfig?: { readonly access?: string; readonly exports?: Readonly<Record<string, Conditions | string>> };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

type Conditions = Readonly<Record<string, string>>;

/** The condition under which tests and tools see the sources; it must not be published. */
export const SOURCE_CONDITION = "@rollcall/source";

/**
 * What a published package's manifest gets wrong.
 *
 * @param manifest - the parsed `package.json`
 * @param peers - packages that the user brings: core and the driver
 */
export function manifestViolations(manifest: Manifest, peers: readonly string[]): readonly string[] {
  const wrong: readonly (readonly [string, boolean])[] = [
    ["type is not module", manifest.type !== "module"],
    ["has an entry besides exports", "main" in manifest || "module" in manifest],
    ["license is not Apache-2.0", manifest.license !== "Apache-2.0"],
    ["engines.node is not >=20.19", manifest.engines?.["node"] !== ">=20.19"],
    ["sideEffects is not false", manifest.sideEffects !== false],
    ["publishConfig.access is not public", manifest.publishConfig?.access !== "public"],
    ["files lacks dist", !manifest.files?.includes("dist")],
    ["publishConfig.exports is not exports without the source condition", !publishesItsExports(manifest)],
  ];
  return [
    ...wrong.filter(([, broken]) => broken).map(([message]) => message),
    ...exportViolations(manifest),
    ...dependencyViolations(manifest, peers),
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

function dependencyViolations(manifest: Manifest, peers: readonly string[]): readonly string[] {
  const { dependencies = {}, peerDependencies = {}, devDependencies = {} } = manifest;
  const unpinned = Object.entries({ ...dependencies, ...devDependencies }).filter(([, range]) => !/^(catalog|workspace):/.test(range));
  return [
    ...peers.filter((name) => !(name in peerDependencies)).map((name) => `${name} is not a peer dependency`),
    ...peers.filter((name) => name in dependencies).map((name) => `${name} is a dependency, and should be a peer`),
    ...unpinned.map(([name]) => `${name} does not take its version from the catalog or the workspace`),
  ];
}
