import type { ProviderNames } from "./provider-names.js";

/** What is read of a `package.json`. */
export interface Manifest {
  readonly version: string;
  readonly publishConfig?: object;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** What a provider exports: its entry, and its simulator. */
const ENTRIES: readonly (readonly [path: string, file: string])[] = [
  [".", "index"],
  ["./simulator", "simulator/index"],
];

/**
 * The `package.json` of a provider that stands by itself.
 *
 * @param own - that of the generator as it is published: its versions are those that were tested together
 * @throws Error when it was not published, and so has no versions
 */
export function standaloneManifest(names: ProviderNames, own: Manifest): object {
  if (Object.values(own.devDependencies).some((range) => /^(workspace|catalog):/.test(range))) {
    throw new Error(
      "this generator belongs to a checkout of Rollcall, and writes packages only there: add --workspace, or install the published one",
    );
  }
  const ranges = (...packages: readonly string[]): object => Object.fromEntries(packages.map((name) => [name, own.devDependencies[name]]));
  return {
    name: names.packageName,
    version: "0.1.0",
    description: descriptionOf(names),
    keywords: keywordsOf(names),
    type: "module",
    sideEffects: false,
    engines: { node: ">=20.19" },
    files: ["dist", "src"],
    exports: exportsOf({}),
    scripts: { build: "tsc", check: "tsc -p test", test: "vitest run", prepack: "tsc" },
    peerDependencies: ranges("@rollcall/core"),
    dependencies: ranges("zod"),
    devDependencies: ranges("@rollcall/core", "@rollcall/testkit", "@types/node", "typescript", "vitest"),
  };
}

/**
 * The `package.json` of a provider in Rollcall's own checkout: versions come from the workspace and its catalog.
 *
 * @param core - that of `packages/core`, for what all packages have in common
 */
export function houseManifest(names: ProviderNames, core: Manifest): object {
  const house = JSON.parse(JSON.stringify(core).replaceAll("packages/core", `packages/${names.kebab}`)) as Manifest;
  const { devDependencies: _ofCore, ...common } = house;
  return {
    ...common,
    name: names.packageName,
    version: "0.0.0",
    description: descriptionOf(names),
    keywords: keywordsOf(names),
    exports: exportsOf({ "@rollcall/source": "./src/*.ts" }),
    publishConfig: { ...house.publishConfig, exports: exportsOf({}) },
    peerDependencies: { "@rollcall/core": "workspace:^" },
    dependencies: { zod: "catalog:" },
    devDependencies: { "@rollcall/core": "workspace:*", "@rollcall/testkit": "workspace:*" },
  };
}

function descriptionOf({ kebab }: ProviderNames): string {
  return `The members of ${kebab} clusters as Rollcall endpoints`;
}

function keywordsOf({ kebab }: ProviderNames): readonly string[] {
  return ["rollcall", "rollcall-provider", "service-discovery", kebab];
}

/** @param before - conditions that come first; the star stands for the file of the entry */
function exportsOf(before: Readonly<Record<string, string>>): object {
  const conditions = Object.entries({ ...before, types: "./dist/*.d.ts", default: "./dist/*.js" });
  const entries = ENTRIES.map(([path, file]) => [path, Object.fromEntries(conditions.map(([name, to]) => [name, to.replace("*", file)]))]);
  return { ...Object.fromEntries(entries), "./package.json": "./package.json" };
}
