import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import type { Manifest } from "./manifest-rules.js";

/** The root of the checkout. */
export const ROOT: string = fileURLToPath(new URL("../../..", import.meta.url));

/** One published package. */
export interface Package {
  /** The folder's name, which is also the name behind `@rollcall/`. */
  readonly name: string;
  /** Absolute path of the folder. */
  readonly directory: string;
  /** The package's `package.json`. */
  readonly manifest: Manifest;
  /** Its hand-written sources; generated code (`gen/`) is not among them. */
  readonly sources: readonly ts.SourceFile[];
}

/** Every package under `packages/`, in the order of their names. */
export function publishedPackages(): readonly Package[] {
  return readdirSync(join(ROOT, "packages"))
    .sort()
    .map((name) => {
      const directory = join(ROOT, "packages", name);
      const manifest = JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as Manifest;
      return { name, directory, manifest, sources: sourcesIn(join("packages", name, "src")) };
    });
}

/** A package that goes to npm, whatever it is: a library under `packages/`, or a program under `tools/`. */
export interface Published {
  /** The folder's name, as in `core`. */
  readonly folder: string;
  /** Its path from the root, as in `packages/core`. */
  readonly path: string;
  /** Absolute path of the folder. */
  readonly directory: string;
  readonly manifest: Manifest;
}

/** Every package that is not private, libraries first. */
export function published(): readonly Published[] {
  return ["packages", "tools"]
    .flatMap((parent) =>
      readdirSync(join(ROOT, parent))
        .sort()
        .map((folder) => ({ folder, path: `${parent}/${folder}`, directory: join(ROOT, parent, folder) })),
    )
    .filter(({ directory }) => existsSync(join(directory, "package.json")))
    .map((where) => ({ ...where, manifest: JSON.parse(readFileSync(join(where.directory, "package.json"), "utf8")) as Manifest }))
    .filter(({ manifest }) => manifest.private !== true);
}

/** The names under which a package's entries are imported, as in `@rollcall/core` and `@rollcall/core/sinks`; none for a program. */
export function entriesOf({ name, publishConfig }: Manifest): readonly string[] {
  return Object.entries(publishConfig?.exports ?? {}).flatMap(([path, target]) =>
    typeof target === "string" ? [] : [`${name}${path.slice(1)}`],
  );
}

/** The names of the folders under `tools/`. */
export function toolNames(): readonly string[] {
  return readdirSync(join(ROOT, "tools")).sort();
}

/** The hand-written TypeScript files below a folder of the checkout, parsed; none if the folder does not exist. */
export function sourcesIn(folder: string): readonly ts.SourceFile[] {
  const absolute = join(ROOT, folder);
  if (!existsSync(absolute)) return [];
  return readdirSync(absolute, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !/(^|[/\\])(gen|dist|node_modules)[/\\]/.test(path))
    .sort()
    .map((path) => {
      const file = join(absolute, path);
      return parse(relative(ROOT, file).split(sep).join("/"), readFileSync(file, "utf8"));
    });
}

/** Parses one file; `path` is relative to the root of the checkout, with forward slashes. */
export function parse(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true, ts.ScriptKind.TS);
}
