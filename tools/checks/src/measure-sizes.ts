import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { build } from "esbuild";
import type { Manifest } from "./manifest-rules.js";
import { packedPackage } from "./packed.js";
import type { Published } from "./workspace.js";

/** What code weighs for an application: bundled with its dependencies, without its peers, minified and compressed, in bytes. */
export async function compressedBytes({ directory, manifest }: Published, code: string): Promise<number> {
  const { outputFiles } = await build({
    // The folder of the package itself: a package may import itself by name.
    stdin: { contents: code, resolveDir: directory, sourcefile: "entry.js" },
    absWorkingDir: directory,
    external: Object.keys(manifest.peerDependencies ?? {}),
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node20",
    write: false,
    logLevel: "warning",
  });
  return gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length;
}

/** What a package takes on the disk, in bytes: its files, and with those of its dependencies. */
export interface InstalledBytes {
  readonly own: number;
  /** Dependencies of dependencies included; peers, which the user has anyway, are not. */
  readonly withDependencies: number;
}

/** Measures what `npm install` would write. The package must have been packed. */
export function installedBytes({ folder, directory, manifest }: Published): InstalledBytes {
  const own = unpackedBytes(gunzipSync(readFileSync(packedPackage(folder).tarball)));
  const dependencies = new Map<string, number>();
  weighDependencies(manifest, directory, dependencies);
  return { own, withDependencies: [...dependencies.values()].reduce((sum, bytes) => sum + bytes, own) };
}

/** The sizes of the files in an archive of the format `ustar`: headers of 512 bytes, each with a size in octal, then as many blocks. */
export function unpackedBytes(archive: Buffer): number {
  let sum = 0;
  for (let at = 0; at < archive.length && archive[at] !== 0; ) {
    const size = Number.parseInt(archive.toString("latin1", at + 124, at + 135), 8);
    sum += size;
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return sum;
}

function weighDependencies({ dependencies = {} }: Manifest, directory: string, weighed: Map<string, number>): void {
  for (const name of Object.keys(dependencies)) {
    const found = installedAt(name, directory);
    if (weighed.has(found)) continue;
    weighed.set(found, bytesBelow(found));
    weighDependencies(JSON.parse(readFileSync(join(found, "package.json"), "utf8")) as Manifest, found, weighed);
  }
}

/** Where a package that `directory` depends on is: in the nearest `node_modules`, as Node looks for it. */
function installedAt(name: string, directory: string): string {
  const candidate = join(directory, "node_modules", name);
  if (existsSync(candidate)) return realpathSync(candidate);
  if (dirname(directory) === directory) throw new Error(`${name} is not installed`);
  return installedAt(name, dirname(directory));
}

function bytesBelow(directory: string): number {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}
