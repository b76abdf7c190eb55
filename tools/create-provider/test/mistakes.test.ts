import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createProvider } from "../src/provider-package.js";
import { runSuite } from "./support/generated-suite.js";
import { MISTAKES, type Mistake } from "./support/mistakes.js";
import { PUBLISHED, scratch } from "./support/scratch.js";

const parent = scratch("mistakes");

function generated(directory: string): string {
  return createProvider("my-system", { parent, directory, own: PUBLISHED }).directory;
}

function make({ file, edits }: Mistake, provider: string): void {
  const path = join(provider, "src", file);
  writeFileSync(path, edits.reduce(replacedOnce, readFileSync(path, "utf8")));
}

/** So that a mistake that no longer fits the template is found out. */
function replacedOnce(text: string, [correct, wrong]: readonly [string, string]): string {
  const parts = text.split(correct);
  expect(parts.length, `"${correct}" is there once`).toBe(2);
  return parts.join(wrong);
}

describe("the suite of a generated provider tells its author", () => {
  it("nothing before a mistake was made, in any of the facets below", { timeout: 60_000 }, async () => {
    const provider = generated("right");
    for (const facet of new Set(MISTAKES.map((mistake) => mistake.facet))) {
      const { cases, complaints } = await runSuite(provider, facet);
      expect(cases, facet).toBeGreaterThan(0);
      expect(complaints).toEqual([]);
    }
  });

  it.each(MISTAKES.map((mistake, index) => [mistake.what, mistake, index] as const))(
    "that the provider %s",
    async (_what, mistake, index) => {
      const provider = generated(`wrong-${index}`);
      make(mistake, provider);
      const { complaints } = await runSuite(provider, mistake.facet);
      expect(complaints.map(({ rule }) => rule)).toContain(mistake.rule);
      for (const { message } of complaints) expect(message).toMatch(/^broken rule: .+\nwhy it matters: .+/);
    },
    60_000,
  );
});
