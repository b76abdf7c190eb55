import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { ProviderNames } from "./provider-names.js";

/** The provider that every new one begins as: beside `src` and `dist` alike. */
const TEMPLATE: string = fileURLToPath(new URL("../template", import.meta.url));

/** What it is called there; the name of its package comes first, because it contains that of the system. */
const PLACEHOLDERS: readonly (readonly [text: string, name: keyof ProviderNames])[] = [
  ["acme-db-provider", "packageName"],
  ["acme-db", "kebab"],
  ["AcmeDb", "pascal"],
  ["acmeDb", "camel"],
  ["ACME_DB", "kebab"],
];

/**
 * The files of the template with names replaced, by path, with forward slashes.
 *
 * @throws Error when one of the new names would be one that the template uses for something else
 */
export function providerFiles(names: ProviderNames): ReadonlyMap<string, string> {
  const originals = readdirSync(TEMPLATE, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const texts = originals.map((file) => readFileSync(file, "utf8"));
  const taken = collision(texts, names);
  if (taken !== undefined) {
    throw new Error(
      `name: got ${JSON.stringify(names.packageName)}, expected one that does not give ${taken} a second meaning; try ${names.kebab}-db`,
    );
  }
  const renamed = originals.map((file, index) => {
    const path = file
      .slice(TEMPLATE.length + 1)
      .split(sep)
      .join("/");
    return [replaced(path, names), replaced(texts[index] ?? "", names)] as const;
  });
  return new Map(renamed);
}

/** A word of the template that a new name would spell as well, such as `SimulatedMember` for a system called `simulated`. */
function collision(texts: readonly string[], names: ProviderNames): string | undefined {
  const words = new Set(texts.flatMap((text) => text.match(/[A-Za-z_]\w*/g) ?? []));
  const isOurs = (word: string): boolean => /AcmeDb|acmeDb|ACME_DB/.test(word);
  return [...words]
    .filter(isOurs)
    .map((word) => replaced(word, names))
    .find((word) => words.has(word) && !isOurs(word));
}

function replaced(text: string, names: ProviderNames): string {
  const found = new RegExp(PLACEHOLDERS.map(([placeholder]) => placeholder).join("|"), "g");
  return text.replace(found, (placeholder) => {
    const name = names[PLACEHOLDERS.find(([each]) => each === placeholder)?.[1] ?? "kebab"];
    return placeholder === "ACME_DB" ? name.toUpperCase().replaceAll("-", "_") : name;
  });
}
