import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

it("troubleshooting.md has a heading for every code of an error, and for no other", () => {
  const codes =
    /^export type DiscoveryErrorCode =(.*?);/ms.exec(read("packages/core/src/discovery-error.ts"))?.[1]?.match(/[A-Z_]+/g) ?? [];
  const headings = [...read("docs/troubleshooting.md").matchAll(/^### ([A-Z_]+)$/gm)].map(([, heading]) => heading);
  expect(codes.length).toBeGreaterThan(5);
  expect(headings).toEqual(codes);
});

it("troubleshooting.md says what each reason for being aside means", () => {
  const reasons = /reason: ("newcomer".*?);/.exec(read("packages/core/src/snapshot.ts"))?.[1]?.match(/[a-z]+/g) ?? [];
  const rows = [...read("docs/troubleshooting.md").matchAll(/^\| `([a-z]+)` \|/gm)].map(([, row]) => row);
  expect(rows).toEqual(reasons);
});

it("troubleshooting.md names every process warning", () => {
  const sources = readdirSync(new URL("../../../packages/", import.meta.url), { recursive: true, encoding: "utf8" })
    .filter((path) => /^[^/\\]+[/\\]src[/\\].*\.ts$/.test(path))
    .flatMap((path) => read(`packages/${path}`).match(/"ROLLCALL_\w+"/g) ?? [])
    .map((code) => code.slice(1, -1));
  const named = read("docs/troubleshooting.md").match(/ROLLCALL_[A-Z_]+/g) ?? [];
  expect([...new Set(named)].sort()).toEqual([...new Set(sources)].sort());
});
