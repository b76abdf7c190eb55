import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { STANDALONE } from "../src/compiler-settings.js";
import { createProvider } from "../src/provider-package.js";
import { filesIn } from "./support/files-in.js";
import { PUBLISHED, scratch } from "./support/scratch.js";

const parent = scratch("package");

function create(name: string, directory?: string): ReadonlyMap<string, string> {
  return filesIn(createProvider(name, { parent, directory, own: PUBLISHED }).directory);
}

describe("a generated provider", () => {
  const files = create("@me/my-system");
  const text = (path: string): string => files.get(path) ?? "";

  it("has the rooms of a provider, and what npm leaves out of packages", () => {
    expect([...files.keys()].filter((path) => !path.startsWith("test/"))).toEqual([
      ".gitignore",
      "README.md",
      "package.json",
      "src/index.ts",
      "src/my-system-error.ts",
      "src/my-system-members-metadata.ts",
      "src/my-system-members-options.ts",
      "src/my-system-members-source.ts",
      "src/my-system-transport.ts",
      "src/simulator/index.ts",
      "src/simulator/my-system-simulator.ts",
      "src/simulator/simulated-cluster.ts",
      "src/simulator/simulated-member.ts",
      "tsconfig.json",
    ]);
  });

  it("names nothing that belongs to the template", () => {
    expect([...files].filter(([path, content]) => /acme/i.test(path + content)).map(([path]) => path)).toEqual([]);
  });

  it("calls itself by its package's name, and the system by its own", () => {
    expect(text("README.md")).toContain('from "@me/my-system/simulator"');
    expect(text("src/my-system-members-options.ts")).toContain('invalidOptions("my-system", ');
    expect(text("src/index.ts")).toContain("mySystemMembers");
    expect(text("src/my-system-members-options.ts")).toContain("MY_SYSTEM_PORT");
  });

  it("depends on the versions that the generator was tested with", () => {
    const { devDependencies: versions } = PUBLISHED;
    expect(JSON.parse(text("package.json"))).toMatchObject({
      name: "@me/my-system",
      peerDependencies: { "@rollcall/core": versions["@rollcall/core"] },
      dependencies: { zod: versions.zod },
      devDependencies: { "@rollcall/testkit": versions["@rollcall/testkit"], typescript: versions.typescript, vitest: versions.vitest },
    });
  });

  it("is compiled as strictly as Rollcall", () => {
    const base = JSON.parse(readFileSync(new URL("../../../tsconfig.base.json", import.meta.url), "utf8"));
    const { composite: _ofReferences, ...ours } = base.compilerOptions;
    const { compilerOptions } = STANDALONE as { compilerOptions: object };
    expect(compilerOptions).toEqual({ ...ours, skipLibCheck: true, rootDir: "src", outDir: "dist" });
  });
});

describe("the directory of a provider", () => {
  it("may be a new repository", () => {
    mkdirSync(join(parent, "repository", ".git"), { recursive: true });
    expect(create("a", "repository").has("package.json")).toBe(true);
  });

  it("is left as it is when it holds anything", () => {
    mkdirSync(join(parent, "full"));
    writeFileSync(join(parent, "full", "notes.txt"), "mine");
    expect(() => create("a", "full")).toThrow(/^directory: got .*full, in which there is notes.txt; expected an empty one, or none; .*$/);
    expect([...filesIn(join(parent, "full"))]).toEqual([["notes.txt", "mine"]]);
  });

  it.each([
    ["file", "there is a file of that name"],
    ["file/a", "a part of the path is a file"],
    ["nowhere", "a part of the path is a link to nothing"],
    ["nowhere/a", "a part of the path is a link to nothing"],
    ["round", "a part of the path is a link to itself"],
  ])("is refused in one line when it cannot be made: %s", (path, why) => {
    const where = mkdtempSync(join(parent, "obstacles-"));
    writeFileSync(join(where, "file"), "mine");
    symlinkSync("missing", join(where, "nowhere"));
    symlinkSync("round", join(where, "round"));
    const directory = join(where, path);
    expect(() => create("a", directory)).toThrow(
      `directory: got ${directory}, which cannot be used: ${why}; expected an empty one, or none; choose another name or directory`,
    );
    expect(readdirSync(where).sort()).toEqual(["file", "nowhere", "round"]);
  });
});

describe("a name that the template uses for something else", () => {
  it("is refused, with another that would do", () => {
    expect(() => create("simulated")).toThrow(
      'name: got "simulated", expected one that does not give SimulatedMember a second meaning; try simulated-db',
    );
    expect(existsSync(join(parent, "simulated"))).toBe(false);
  });
});
