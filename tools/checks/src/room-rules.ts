/**
 * What is missing from, or too much in, the rooms that every provider has: per source a wiring, options and metadata file,
 * per package one transport or more, one classifier of errors, an index and a simulator.
 *
 * @param paths - the files below the package's `src`, with forward slashes
 */
export function roomViolations(paths: readonly string[]): readonly string[] {
  const things = (suffix: string): readonly string[] =>
    paths.filter((path) => path.endsWith(suffix) && !path.includes("/")).map((path) => path.slice(0, -suffix.length));
  const sources = things("-source.ts");
  const perSource = sources.flatMap((thing) => [`${thing}-options.ts`, `${thing}-metadata.ts`]);
  const missing = ["index.ts", "simulator/index.ts", ...perSource].filter((path) => !paths.includes(path));
  return [
    ...(sources.length === 0 ? ["no <thing>-source.ts"] : []),
    ...missing.map((path) => `no ${path}`),
    ...(things("-transport.ts").length === 0 ? ["no <x>-transport.ts"] : []),
    ...(things("-error.ts").length === 1 ? [] : ["not exactly one <x>-error.ts"]),
  ];
}
