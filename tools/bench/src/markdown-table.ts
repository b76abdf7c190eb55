/** One column of a Markdown table. */
export interface Column<R> {
  readonly title: string;
  /** What stands in the column; numbers are shown with three digits that count, nothing as an empty cell. */
  readonly of: (row: R) => string | number | undefined;
}

/** Rows as a Markdown table, in lines: text to the left, numbers to the right. */
export function markdownTable<R>(columns: readonly Column<R>[], rows: readonly R[]): readonly string[] {
  const cells = columns.map(({ of }) => rows.map((row) => of(row)));
  const rule = cells.map((column) => (column.some((cell) => typeof cell === "number") ? "---:" : "---"));
  return [columns.map(({ title }) => title), rule, ...rows.map((_, at) => cells.map((column) => shown(column[at])))].map(
    (line) => `| ${line.join(" | ")} |`,
  );
}

function shown(cell: string | number | undefined): string {
  if (typeof cell !== "number") return cell ?? "";
  return Math.abs(cell) >= 100 || Number.isInteger(cell) ? Math.round(cell).toString() : Number(cell.toPrecision(3)).toString();
}
