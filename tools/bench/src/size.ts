import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Figure } from "./figure.js";

const CHECK = fileURLToPath(new URL("../../checks/dist/bundle-size.js", import.meta.url));
/** In bytes, by what the size check calls it. */
const BUDGETS: Readonly<Record<string, number>> = { "import { MetadataPoller }": 6_500, "all of @rollcall/core": 10_000 };

/** What an application pays for core, as the size check measures it: bundled, minified and compressed. */
export async function size(): Promise<readonly Figure[]> {
  const { stdout, stderr } = spawnSync(process.execPath, [CHECK], { encoding: "utf8" });
  const figures = sizeFigures(stdout);
  if (figures.length === 0) throw new Error(`the size check measured nothing: ${stderr}`);
  return figures;
}

/** Reads the table that the size check prints. */
export function sizeFigures(table: string): readonly Figure[] {
  return table.split("\n").flatMap((line) => {
    const [what = "", bytes] = line.split(/\s{2,}/);
    const atMost = BUDGETS[what];
    return atMost === undefined ? [] : [{ what: `size of ${what}`, unit: "B min+gzip", value: Number(bytes), budget: { atMost } }];
  });
}
