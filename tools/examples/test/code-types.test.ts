import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ADDRESS, documents, programs } from "../src/code-blocks.js";

const root = new URL("../../../", import.meta.url);
// Inside the package, so that a block's imports are found where a user's would be.
const temp = fileURLToPath(new URL("../temp/", import.meta.url));
let scratch: string;
const compiler = fileURLToPath(new URL("node_modules/typescript/bin/tsc", root));
const blocks = documents(root).flatMap((document) => programs(root, document).map((block) => ({ document, ...block })));

beforeAll(() => {
  mkdirSync(temp, { recursive: true });
  scratch = mkdtempSync(join(temp, "types-"));
  for (const { file, code } of blocks) writeFileSync(join(scratch, file), code);
  writeFileSync(join(scratch, "address.d.ts"), ADDRESS);
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

it.each([
  // As strict as the workspace itself, so that a block compiles whatever its reader has switched on.
  ["ts", { erasableSyntaxOnly: false }],
  ["js", { strict: false, exactOptionalPropertyTypes: false, allowJs: true, checkJs: true }],
])("every %s block has the right types", { timeout: 180_000 }, async (language, options) => {
  const files = blocks.filter((block) => block.language === language).map(({ file }) => file);
  expect(files.length).toBeGreaterThan(0);
  const project = join(scratch, `tsconfig.${language}.json`);
  const compilerOptions = {
    ...{ noEmit: true, declaration: false, declarationMap: false, moduleDetection: "force", customConditions: ["@rollcall/source"] },
    ...{ composite: false, isolatedDeclarations: false, noUnusedLocals: false, noUnusedParameters: false },
    ...{ experimentalDecorators: true, emitDecoratorMetadata: true },
    ...options,
  };
  writeFileSync(
    project,
    JSON.stringify({
      extends: "../../../../tsconfig.base.json",
      compilerOptions,
      files: language === "js" ? [...files, "address.d.ts"] : files,
    }),
  );
  expect(await problems(project)).toEqual([]);
});

/** What the compiler says of the blocks, each line about the Markdown that the block comes from. */
async function problems(project: string): Promise<readonly string[]> {
  const said = await new Promise<string>((resolve) => {
    execFile(process.execPath, [compiler, "-p", project, "--pretty", "false"], { cwd: scratch }, (_error, output, errors) =>
      resolve(`${output}${errors}`),
    );
  });
  return said.split("\n").flatMap((text) => {
    const [, file = "", line, message] = /^(.+?)\((\d+),\d+\): (.*)$/.exec(text) ?? [];
    const block = blocks.find((candidate) => candidate.file === file);
    if (block) return `${block.document}:${block.line + Number(line) - 1}: ${message}`;
    // Sources are checked with options of their own; what is indented explains the line above.
    return text === "" || text.startsWith(" ") || /^\.\.\/\.\.\/(src|\.\.\/\.\.\/packages)\//.test(file) ? [] : text;
  });
}
