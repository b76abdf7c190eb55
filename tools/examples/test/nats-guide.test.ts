import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const root = new URL("../../../", import.meta.url);
const guide = readFileSync(new URL("docs/writing-a-provider.md", root), "utf8");

describe("docs/writing-a-provider.md", () => {
  const parts = [...guide.matchAll(/^(?:<!-- from: (\S+) -->\n)?```typescript\n(.*?)^```$/gms)];
  it("shows parts of files", () => expect(parts.length).toBeGreaterThanOrEqual(10));

  it.each(parts.map(([, file = "no file", code = ""]) => [file, code.trim().split("\n")[0], code]))(
    "shows %s as it is, from %s on",
    (file, _first, code) => {
      expect(readFileSync(new URL(file, root), "utf8")).toContain(code);
    },
  );

  const suite = new URL("packages/testkit/src/source/", root);
  const sentences = readdirSync(suite)
    .map((file) => readFileSync(new URL(file, suite), "utf8"))
    .join("");
  const quoted = [...guide.matchAll(/^(?:broken rule|why it matters): (.+)$/gm)].map(([, sentence = ""]) => sentence);

  it.each(quoted)("quotes the suite: %s", (sentence) => expect(sentences).toContain(`"${sentence}"`));
  it("quotes it in pairs of a rule and its reason", () => expect(quoted.length).toBe(8));
});
