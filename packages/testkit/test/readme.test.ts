import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { underNodeTest } from "./support/under-node.js";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const blocks = [...readme.matchAll(/^```js\n(.*?)^```$/gms)].map(({ 1: code = "" }) => code);

it("README has code", () => expect(blocks.length).toBe(4));

it.each(blocks.map((code) => [/^ *"(my \w+)"/m.exec(code)?.[1] ?? code.split("\n")[1], code]))(
  "the code of README about %s runs, and what it tests passes",
  { timeout: 60_000 },
  async (_about, code) => {
    const { code: ended, output } = await underNodeTest(code);
    expect(ended, output).toBe(0);
    if (code.includes("sinkConformance") || code.includes("sourceConformance")) expect(output).toMatch(/^ok 1 - my \w+/m);
  },
);
