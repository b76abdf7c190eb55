import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ADDRESS, documents, programs } from "@rollcall/examples/code-blocks";
import { ROOT } from "../workspace.js";
import type { Cell } from "./matrix-cells.js";

/** One block of code of a README, as a file of the project. */
export interface Block {
  /** Path of the file in the project. */
  readonly file: string;
  readonly language: string;
  readonly code: string;
  /** Where it stands, as in `packages/etcd/README.md:12`. */
  readonly place: string;
  /** The path of the JavaScript that runs; `undefined` = only its types are checked. */
  readonly program: string | undefined;
}

/** The name under which the stage of the READMEs is copied into the project. */
export const STAGE = "readme-stage.js";

/** The path of the JavaScript that imports every entry of our packages. */
export const EVERY_ENTRY = "out/every-entry.js";

/** The blocks of README.md and of the README of every package. */
export function readmeBlocks(): readonly Block[] {
  const root = pathToFileURL(`${ROOT}/`);
  const readmes = documents(root).filter((document) => document.endsWith("README.md"));
  return readmes.flatMap((document) =>
    programs(root, document).map(({ language, code, line, file, runs }) => {
      const compiled = language === "ts" ? `out/${file.slice(0, -3)}.js` : `blocks/${file}`;
      return { file: `blocks/${file}`, language, code, place: `${document}:${line}`, program: runs ? compiled : undefined };
    }),
  );
}

/** The files of a project: the blocks, one that imports every entry of our packages, the stage, and how all that is compiled. */
export function cellFiles({ resolution }: Cell, blocks: readonly Block[], entries: readonly string[]): Readonly<Record<string, string>> {
  const options = {
    target: "es2022",
    lib: ["es2023", "esnext.disposable"],
    types: ["node"],
    module: resolution === "bundler" ? "esnext" : "node16",
    moduleResolution: resolution,
    moduleDetection: "force",
    skipLibCheck: false,
  };
  const javascript = { ...options, allowJs: true, checkJs: true, strict: false, noEmit: true };
  const project = (compilerOptions: object, ...include: string[]): string => JSON.stringify({ compilerOptions, include });
  return {
    ...Object.fromEntries(blocks.map(({ file, code }) => [file, code])),
    "blocks/every-entry.ts": `${entries.map((entry, at) => `export * as entry${at} from "${entry}";`).join("\n")}\n`,
    "tsconfig.ts.json": project({ ...options, strict: true, rootDir: "blocks", outDir: "out" }, "blocks/*.ts"),
    "tsconfig.js.json": project(javascript, "blocks/*.js", "address.d.ts"),
    "address.d.ts": ADDRESS,
    [STAGE]: readFileSync(fileURLToPath(import.meta.resolve("@rollcall/examples/readme-stage")), "utf8"),
  };
}

/** The packages of others that the blocks import, in the versions that the workspace's own tests run with. */
export function dependenciesOf(blocks: readonly Block[]): Readonly<Record<string, string>> {
  const specifiers = blocks.flatMap(({ code }) =>
    [...code.matchAll(/\b(?:from|import) "([^"]+)"/g)].map(([, specifier = ""]) => specifier),
  );
  const names = specifiers.map((specifier) => /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier);
  const others = [...new Set(names)].filter((name) => !/^(node:|\.|@rollcall\/)/.test(name));
  return Object.fromEntries(others.sort().map((name) => [name, testedVersion(name)]));
}

function testedVersion(name: string): string {
  const manifest = readFileSync(join(ROOT, "tools/examples/node_modules", name, "package.json"), "utf8");
  return (JSON.parse(manifest) as { readonly version: string }).version;
}
