import { describe, expect, test } from "vitest";
import { bumped, largestBump, releaseViolations } from "../src/release-rules.js";

const names = ["@rollcall/core", "@rollcall/x"];

test.each([
  ["patch", "0.1.1"],
  ["minor", "0.2.0"],
  ["major", "1.0.0"],
] as const)("a %s release of 0.1.0 is %s", (bump, version) => expect(bumped("0.1.0", bump)).toBe(version));

test("the largest bump of all changesets counts", () => {
  const changeset = (bump: string): string => `---\n"@rollcall/x": ${bump}\n---\n\nA major change.\n`;
  expect(largestBump([changeset("patch"), changeset("minor")])).toBe("minor");
  expect(largestBump(["---\n---\n\nNothing.\n"])).toBeUndefined();
});

describe("packed packages", () => {
  const core = { name: "@rollcall/core", version: "0.2.0" };
  const x = {
    name: "@rollcall/x",
    version: "0.2.0",
    peerDependencies: { "@rollcall/core": "^0.2.0", kafkajs: "^2.2.4" },
    devDependencies: { "@rollcall/core": "0.2.0" },
  };
  const wrong: readonly (readonly [string, object])[] = [
    ["another version", { version: "1.0.0" }],
    ["the peer range of an older release", { peerDependencies: { "@rollcall/core": "^0.1.0" } }],
    ["a range that only the workspace knows", { dependencies: { zod: "catalog:" } }],
    ["a development range that only the workspace knows", { devDependencies: { "@rollcall/core": "workspace:*" } }],
  ];

  test("are accepted", () => expect(releaseViolations([core, x], names, "0.2.0")).toEqual([]));
  test.each(wrong)("with %s are refused", (_name, change) => {
    expect(releaseViolations([core, { ...x, ...change }], names, "0.2.0")).toHaveLength(1);
  });
  test("that are missing are named, each", () => {
    expect(releaseViolations([core], names, "0.2.0")).toEqual(["@rollcall/x was not packed"]);
    expect(releaseViolations([], names, "0.2.0")).toEqual(["@rollcall/core was not packed", "@rollcall/x was not packed"]);
  });
});
