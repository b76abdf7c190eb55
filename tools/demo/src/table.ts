import Table from "cli-table3";

const NO_BORDERS = Object.fromEntries(
  ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"]
    .concat(["left", "left-mid", "mid", "mid-mid", "right", "right-mid"])
    .map((name) => [name, ""]),
);

/** A table whose first column is text and whose others are numbers, in lines, without colours. Default: with borders. */
export function tableLines(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  { borders = true }: { readonly borders?: boolean | undefined } = {},
): readonly string[] {
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, column) => (column === 0 ? "left" : "right")),
    style: { head: [], border: [], compact: true, "padding-left": borders ? 1 : 0 },
    ...(!borders && { chars: { ...NO_BORDERS, middle: "  " } }),
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString().split("\n");
}
