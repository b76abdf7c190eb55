import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";

/** The files below a folder and their texts, by their path with forward slashes, sorted. */
export function filesIn(folder: string): ReadonlyMap<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  return new Map(files.map((file) => [relative(folder, file).split(sep).join("/"), readFileSync(file, "utf8")]));
}
