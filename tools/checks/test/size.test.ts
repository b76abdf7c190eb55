import { expect, test } from "vitest";
import { unpackedBytes } from "../src/measure-sizes.js";
import { sizeLimits } from "../src/size-limits.js";
import { type Measured, sizeTable, staleRows, withTable } from "../src/size-table.js";

const document = "# Title\n\n<!-- sizes -->\n<!-- /sizes -->\n\nMore.\n";
const rows: readonly Measured[] = [
  { what: "`a`", bytes: 10_000, installed: { own: 100_000, withDependencies: 7_000_000 } },
  { what: "`a/b`", bytes: 2_000 },
  { what: "`c`", installed: { own: 50_000, withDependencies: 50_000 } },
];
const written = withTable(document, sizeTable(rows));

test("a document takes the table, and keeps the rest", () => {
  expect(written).toContain("| `a` | 10.0 | 100 | 7000 |\n| `a/b` | 2.0 |  |  |\n| `c` |  | 50 |  |\n<!-- /sizes -->\n\nMore.\n");
  expect(withTable(written, sizeTable(rows))).toBe(written);
  expect(staleRows(written, sizeTable(rows))).toEqual([]);
});

test("figures may be 5 % off, and no more", () => {
  const weighing = (bytes: number): string => sizeTable([{ ...rows[0], what: "`a`", bytes }, ...rows.slice(1)]);
  expect(staleRows(written, weighing(10_400))).toEqual([]);
  expect(staleRows(written, weighing(10_900))).toEqual(["`a`: 10.0 is now 10.9"]);
  expect(staleRows(written, weighing(9_000))).toEqual(["`a`: 10.0 is now 9.0"]);
});

test("a row too many, a row too few and a missing table are told", () => {
  expect(staleRows(written, sizeTable(rows.slice(0, 2)))).toEqual(["`c` is no longer there"]);
  expect(staleRows(written, sizeTable([...rows, { what: "`d`", bytes: 1 }]))).toEqual(["`d` is missing"]);
  expect(staleRows("# Title\n", sizeTable(rows))).toEqual(["there is no table between <!-- sizes --> and <!-- /sizes -->"]);
});

test("an import without a limit may weigh nothing", () => {
  expect(sizeLimits([{ from: "@rollcall/new", entry: "@rollcall/new" }]).at(-1)).toMatchObject({ what: "`@rollcall/new`", maxBytes: 0 });
});

test("the files of an archive are weighed by its headers", () => {
  const header = (size: number): Buffer => {
    const block = Buffer.alloc(512);
    block.write("package/file", 0);
    block.write(size.toString(8).padStart(11, "0"), 124);
    return block;
  };
  expect(unpackedBytes(Buffer.concat([header(600), Buffer.alloc(1_024), header(5), Buffer.alloc(512), Buffer.alloc(1_024)]))).toBe(605);
});
