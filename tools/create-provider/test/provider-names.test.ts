import { describe, expect, it } from "vitest";
import { providerNames, standaloneNames } from "../src/provider-names.js";
import { PUBLISHED } from "./support/scratch.js";

describe("a name", () => {
  it.each([
    ["consul", "consul", "Consul", "consul"],
    ["my-system", "my-system", "MySystem", "mySystem"],
    ["s3-v2-store", "s3-v2-store", "S3V2Store", "s3V2Store"],
    ["@me/my-system", "my-system", "MySystem", "mySystem"],
  ])("%s gives those of files, types and functions", (packageName, kebab, pascal, camel) => {
    expect(providerNames(packageName)).toEqual({ packageName, kebab, pascal, camel });
  });

  it.each([
    ["", "letters, digits and single hyphens"],
    ["My System", "letters, digits and single hyphens"],
    ["MySystem", "letters, digits and single hyphens"],
    ["my_system", "letters, digits and single hyphens"],
    ["my--system", "letters, digits and single hyphens"],
    ["-my-system", "letters, digits and single hyphens"],
    ["3scale", "beginning with a letter"],
    ["../my-system", "letters, digits and single hyphens"],
    ["@me/", "letters, digits and single hyphens"],
    ["@Me/my-system", "letters, digits and single hyphens"],
    ["node_modules", "letters, digits and single hyphens"],
    ["http", "a name that is free, not one of Node's or npm's own: rollcall-http?"],
    ["create-rollcall-provider", "a name that is free"],
    ["a".repeat(215), "at most 214 characters"],
  ])("%j is refused, in one line that says what is expected", (given, expected) => {
    expect(() => providerNames(given)).toThrow(new RegExp(`^name: got ".{0,101}", expected .*${expected.replace("?", "\\?")}.*$`));
  });
});

describe("the name of a provider that stands by itself", () => {
  const dependencies = Object.keys(PUBLISHED.devDependencies);

  it("may be that of a dependency in another scope", () => {
    expect(standaloneNames("@me/zod", dependencies)).toMatchObject({ packageName: "@me/zod", kebab: "zod" });
  });

  it.each(["zod", "vitest", "typescript", "@types/node"])("%s is refused: the package would import itself", (given) => {
    const other = `rollcall-${given.replace("@types/", "")}`;
    expect(() => standaloneNames(given, dependencies)).toThrow(
      `name: got "${given}", expected a name that none of the new package's own dependencies has; try ${other}`,
    );
    expect(standaloneNames(other, dependencies).packageName).toBe(other);
  });

  it.each(["@rollcall/core", "@rollcall/testkit", "@rollcall/my-system"])("%s is refused: the scope is Rollcall's", (given) => {
    expect(() => standaloneNames(given, dependencies)).toThrow(
      `name: got "${given}", expected a scope of your own, because @rollcall/ is Rollcall's; leave it out`,
    );
  });
});
