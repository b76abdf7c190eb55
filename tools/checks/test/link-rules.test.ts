import { expect, test } from "vitest";
import { publishedLinkViolations } from "../src/link-rules.js";

test("a link relative to the README, to a heading or to another site is right", () => {
  const text = "[core](../core#who-serves) [guide](../../docs/tls.md) [here](#limits) [npm](https://www.npmjs.com/package/etcd3)";
  expect(publishedLinkViolations(text)).toEqual([]);
});

test("a link from the root is named with its line", () => {
  expect(publishedLinkViolations("# Title\n\n[a guide](/docs/tls.md)")).toEqual([
    expect.stringMatching(/^3: \/docs\/tls\.md begins with a slash/),
  ]);
});

test("an address of this repository's own files is named, inline and by definition", () => {
  const own = "https://github.com/rollcall-js/rollcall/blob/main/docs/tls.md";
  const found = publishedLinkViolations(`[a](${own})\n\n[b][tls]\n\n[tls]: ${own}`);
  expect(found).toEqual([expect.stringMatching(/^1: https:.*tls\.md is of this repository/), expect.stringMatching(/^5: /)]);
});

test("an issue of this repository is no file", () => {
  expect(publishedLinkViolations("[1](https://github.com/rollcall-js/rollcall/issues/1)")).toEqual([]);
});

test("code has no links", () => {
  expect(publishedLinkViolations("`[a](/b)`\n```js\nsee[0](/c)\n```\n")).toEqual([]);
});
