import { REPOSITORY } from "./manifest-rules.js";

/** Where the files of this repository are read on the web, in whatever branch. */
const OWN_FILES = ["blob", "tree", "raw"].map((view) => `${REPOSITORY}/${view}/`);

/**
 * What is wrong with the links of a published README, as `line: message`. npm resolves a relative link against the manifest's
 * `repository` and its `directory`, as GitHub does against the file, so links are relative: right on every branch, tag and fork.
 * A link from the root is not: GitHub begins it at the repository, npm at the package (cerbos/cerbos-sdk-javascript#103).
 */
export function publishedLinkViolations(markdown: string): readonly string[] {
  return links(markdown).flatMap(({ target, line }) => {
    if (target.startsWith("/"))
      return `${line}: ${target} begins with a slash, which npm takes for the package; write it relative to this file`;
    if (OWN_FILES.some((begin) => target.startsWith(begin)))
      return `${line}: ${target} is of this repository; write it relative to this file`;
    return [];
  });
}

/** The targets of a text's links, inline and by definition; code is none. */
function links(markdown: string): readonly { readonly target: string; readonly line: number }[] {
  const blank = (code: string): string => code.replace(/[^\n]/g, " ");
  const prose = markdown.replace(/^```.*?^```$/gms, blank).replace(/`[^`\n]+`/g, blank);
  return [...prose.matchAll(/\]\(<?([^)\s>]+)|^\[[^\]]+\]:\s*<?([^\s>]+)/gm)].map(({ 1: inline, 2: defined, index }) => ({
    target: inline ?? defined ?? "",
    line: prose.slice(0, index).split("\n").length,
  }));
}
