/** What of a line is compared, less being better; undefined where it means nothing. */
export type Metric<L> = readonly [name: string, of: (line: L) => number | undefined];

/** In what a line beats the best of Rollcall's, as a text; empty if in nothing. */
export function betterThanRollcall<L>(line: L, rollcalls: readonly L[], metrics: readonly Metric<L>[]): string {
  const better = metrics.filter(([, of]) => {
    const ours = rollcalls.map(of).filter((value) => value !== undefined);
    const its = of(line);
    return its !== undefined && ours.length > 0 && its < Math.min(...ours);
  });
  return better.map(([name]) => name).join(", ");
}
