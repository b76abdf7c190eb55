import { existsSync, readdirSync, readFileSync } from "node:fs";

/** One block of code in a Markdown text. */
export interface CodeBlock {
  /** The language after the fence. */
  readonly language: string;
  readonly code: string;
  /** The number of its first line. */
  readonly line: number;
  /** Whether it runs: not below `<!-- check: types -->`, where only its types are checked. */
  readonly runs: boolean;
}

/** Declarations for the check of JavaScript, where a program that listens on a port does not say that its address is no pipe's. */
export const ADDRESS: string = 'import "net"; declare module "net" { interface Server { address(): import("net").AddressInfo } }';

/** The code as a program that ends: the timers of ali-ons go on after `close()`, and no program with it ends by itself. */
export function ending(code: string): string {
  return code.includes('from "ali-ons"') ? `${code}process.exit();\n` : code;
}

/** The fenced code blocks of a Markdown text, in order. */
export function codeBlocks(markdown: string): readonly CodeBlock[] {
  return [...markdown.matchAll(/^(<!-- check: types -->\n)?```(\w*)\n(.*?)^```$/gms)].map((found) => {
    const [, typesOnly, language = "", code = ""] = found;
    const line = markdown.slice(0, found.index).split("\n").length + (typesOnly === undefined ? 1 : 2);
    return { language, code, line, runs: typesOnly === undefined };
  });
}

/** The documents whose code users copy, as paths from the root: README.md, that of every package, and every guide. */
export function documents(root: URL): readonly string[] {
  const packages = readdirSync(new URL("packages/", root)).map((name) => `packages/${name}/README.md`);
  const guides = readdirSync(new URL("docs/", root)).map((name) => `docs/${name}`);
  return ["README.md", ...packages, ...guides].filter((path) => path.endsWith(".md") && existsSync(new URL(path, root)));
}

/** The JavaScript and TypeScript of a document, for a folder beside this package's `src`: what it imports by `./` is an example to copy. */
export function programs(root: URL, document: string): readonly (CodeBlock & { readonly file: string })[] {
  return codeBlocks(readFileSync(new URL(document, root), "utf8"))
    .filter(({ language }) => ["js", "ts"].includes(language))
    .map((block) => ({ ...block, code: block.code.replaceAll(' from "./', ' from "../../src/') }))
    .map((block) => ({ ...block, file: `${document.replaceAll("/", "-")}-${block.line}.${block.language}` }));
}
