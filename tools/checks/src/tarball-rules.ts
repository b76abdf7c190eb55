import { posix } from "node:path";

/**
 * What is wrong with the files of a tarball.
 *
 * @param files - every file's path below `package/`; the text of source maps, anything for others
 */
export function tarballViolations(files: ReadonlyMap<string, string>): readonly string[] {
  const missing = ["LICENSE", "README.md", "package.json"].filter((name) => !files.has(name));
  const maps = [...files].filter(([path]) => path.endsWith(".map"));
  const lost = maps.flatMap(([path, text]) => {
    const { sources = [], sourceRoot = "" } = JSON.parse(text) as { readonly sources?: readonly string[]; readonly sourceRoot?: string };
    return sources
      .map((source) => posix.join(posix.dirname(path), sourceRoot, source))
      .filter((source) => !files.has(source))
      .map((source) => `${path} points to ${source}, which is not in the tarball; if an earlier build has left it, remove dist`);
  });
  const inner = [...files.keys()].filter(
    (path) => /(^|\/)(test|node_modules|temp)\/|\.tsbuildinfo$/.test(path) && !path.startsWith("template/"),
  );
  return [...missing.map((name) => `${name} is missing`), ...lost, ...inner.map((path) => `${path} is nobody's business`)];
}
