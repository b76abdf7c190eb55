/** What was measured of one import, or of a package that is not imported. */
export interface Measured {
  /** As the table has it. */
  readonly what: string;
  /** Min+gzip; absent for what is not imported. */
  readonly bytes?: number;
  /** Installed, alone and with dependencies; only in one row of a package. */
  readonly installed?: { readonly own: number; readonly withDependencies: number };
}

/** How far a figure in the table may be from the truth before it has to be written anew. */
const TOLERANCE = 0.05;
const REGION = /(<!-- sizes -->\n)(.*?)(<!-- \/sizes -->)/s;
const HEAD = ["import", "min+gzip kB", "installed kB", "with its dependencies"];

/** The table as Markdown. */
export function sizeTable(measured: readonly Measured[]): string {
  const rows = measured.map(({ what, bytes, installed }) => [
    what,
    bytes === undefined ? "" : (bytes / 1_000).toFixed(1),
    installed === undefined ? "" : (installed.own / 1_000).toFixed(0),
    installed === undefined || installed.withDependencies === installed.own ? "" : (installed.withDependencies / 1_000).toFixed(0),
  ]);
  return [HEAD, ["---", "---:", "---:", "---:"], ...rows].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

/** The document with its table replaced, which stands between `<!-- sizes -->` and `<!-- /sizes -->`. */
export function withTable(document: string, table: string): string {
  return document.replace(REGION, (_region, begin: string, _old, end: string) => `${begin}${table}${end}`);
}

/** What is wrong with a document's table, each as a sentence: no table, other rows, or figures that are more than 5 % off. */
export function staleRows(document: string, table: string): readonly string[] {
  const written = REGION.exec(document)?.[2];
  if (written === undefined) return ["there is no table between <!-- sizes --> and <!-- /sizes -->"];
  const [before, now] = [cellsOf(written), cellsOf(table)];
  const gone = [...before.keys()].filter((what) => !now.has(what)).map((what) => `${what} is no longer there`);
  const stale = [...now].flatMap(([what, figures]) => {
    const old = before.get(what);
    if (old === undefined) return [`${what} is missing`];
    return figures.flatMap((figure, at) =>
      near(old[at] ?? "", figure) ? [] : [`${what}: ${old[at] || "nothing"} is now ${figure || "nothing"}`],
    );
  });
  return [...gone, ...stale];
}

function cellsOf(table: string): ReadonlyMap<string, readonly string[]> {
  const rows = table.split("\n").map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  return new Map(rows.slice(2).flatMap(([what, ...figures]) => (what === undefined ? [] : [[what, figures] as const])));
}

function near(before: string, now: string): boolean {
  return before === now || Math.abs(Number(before) - Number(now)) <= TOLERANCE * Number(now);
}
