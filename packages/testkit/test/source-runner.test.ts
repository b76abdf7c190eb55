import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { underNodeTest } from "./support/under-node.js";

it("the suite for sources runs under node:test: a good one passes, a broken one fails with the rule, what is not claimed is skipped", {
  timeout: 60_000,
}, async () => {
  const { output } = await underNodeTest(readFileSync(new URL("support/node-test-sources.ts", import.meta.url), "utf8"));
  expect(output).toMatch(/^ok 1 - the good one is a source$/m);
  expect(output).toMatch(/^not ok 2 - the broken one is a source$/m);
  expect(output).toContain("broken rule: restore() throws for what is no stored answer");
  expect(output).toMatch(/^ +ok 1 - of one member \(the capability move is not claimed\) # SKIP$/m);
});
