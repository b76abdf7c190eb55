import { expect, it } from "vitest";
import { codeBlocks } from "../src/code-blocks.js";

it("finds each block with its language and the line it begins on", () => {
  const blocks = codeBlocks("# Title\n\n```sh\nnpm install\n```\n\n```ts\nlet a = 1;\na += 1;\n```\n");
  expect(blocks.map(({ language, line, code }) => [language, line, code])).toEqual([
    ["sh", 4, "npm install\n"],
    ["ts", 8, "let a = 1;\na += 1;\n"],
  ]);
});

it("a block right below the mark does not run, any other does", () => {
  const mark = "<!-- check: types -->";
  const blocks = codeBlocks(
    `${mark}\n\`\`\`ts\nfirst\n\`\`\`\n${mark}\n\n\`\`\`ts\nsecond\n\`\`\`\n<!-- smoke -->\n\`\`\`js\nthird\n\`\`\`\n`,
  );
  expect(blocks.map(({ code, line, runs }) => [code, line, runs])).toEqual([
    ["first\n", 3, false],
    ["second\n", 8, true],
    ["third\n", 12, true],
  ]);
});
