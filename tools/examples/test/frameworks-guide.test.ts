import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

it.each(["nestjs-orders", "fastify-settings"])("docs/frameworks.md shows %s.ts as it runs in these tests", (program) => {
  expect(read("docs/frameworks.md")).toContain(`\`\`\`ts\n${read(`tools/examples/src/${program}.ts`)}\`\`\`\n`);
});
