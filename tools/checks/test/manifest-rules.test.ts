import { describe, expect, test } from "vitest";
import { libraryViolations, type Manifest, manifestViolations } from "../src/manifest-rules.js";
import { tarballViolations } from "../src/tarball-rules.js";

const PEERS = ["@rollcall/core"];
const good: Manifest = {
  name: "@rollcall/x",
  description: "Members of x",
  keywords: ["rollcall", "x", "service-discovery"],
  homepage: "https://github.com/rollcall-js/rollcall/tree/main/packages/x#readme",
  bugs: "https://github.com/rollcall-js/rollcall/issues",
  type: "module",
  license: "Apache-2.0",
  repository: { type: "git", url: "git+https://github.com/rollcall-js/rollcall.git", directory: "packages/x" },
  sideEffects: false,
  engines: { node: ">=20.19" },
  files: ["dist", "src"],
  exports: { ".": { "@rollcall/source": "./src/index.ts", types: "./dist/index.d.ts", default: "./dist/index.js" } },
  publishConfig: {
    access: "public",
    provenance: true,
    exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
  },
  peerDependencies: { "@rollcall/core": "workspace:^" },
  dependencies: { zod: "catalog:" },
};
const repository = { type: "git", url: "git+https://github.com/rollcall-js/rollcall.git", directory: "packages/x" };

const refused: readonly (readonly [string, object])[] = [
  ["CommonJS", { type: "commonjs" }],
  ["a main field", { main: "./dist/index.js" }],
  ["another license", { license: "MIT" }],
  ["no repository", { repository: undefined }],
  ["the repository of somebody else", { repository: { ...repository, url: "git+https://github.com/somebody/else.git" } }],
  ["the folder of another package", { repository: { ...repository, directory: "packages/y" } }],
  ["another home", { homepage: "https://example.com" }],
  ["issues elsewhere", { bugs: "https://example.com" }],
  ["no description", { description: "" }],
  ["no keywords", { keywords: ["rollcall"] }],
  ["keywords without the project", { keywords: ["x", "y", "z"] }],
  ["an author", { author: "Somebody" }],
  ["another Node", { engines: { node: ">=18" } }],
  ["side effects", { sideEffects: true }],
  ["restricted access", { publishConfig: { ...good.publishConfig, access: "restricted" } }],
  ["no provenance", { publishConfig: { ...good.publishConfig, provenance: false } }],
  ["no dist", { files: ["src"] }],
  ["no sources for its maps", { files: ["dist"] }],
  ["a version of its own", { dependencies: { zod: "^4.0.0" } }],
  ["a peer range of its own", { peerDependencies: { "@rollcall/core": "workspace:*" } }],
];

const refusedOfLibraries: readonly (readonly [string, object])[] = [
  ["a published source condition", { publishConfig: { ...good.publishConfig, exports: good.exports } }],
  ["a require condition", { exports: { ".": { require: "./dist/index.cjs", default: "./dist/index.js" } } }],
  ["core as a dependency", { dependencies: { "@rollcall/core": "workspace:^" } }],
  ["no core at all", { peerDependencies: {} }],
];

describe("manifest", () => {
  test("is accepted", () => {
    expect([...manifestViolations(good, "packages/x"), ...libraryViolations(good, PEERS)]).toEqual([]);
  });
  test.each(refused)("with %s is refused", (_name, change) => {
    expect(manifestViolations({ ...good, ...change }, "packages/x")).toHaveLength(1);
  });
  test.each(refusedOfLibraries)("of a library with %s is refused", (_name, change) => {
    expect(libraryViolations({ ...good, ...change }, PEERS)).not.toEqual([]);
  });
});

describe("tarball", () => {
  const map = (source: string): string => JSON.stringify({ version: 3, sources: [source] });
  const files: readonly (readonly [string, string])[] = [
    ...["LICENSE", "README.md", "package.json", "src/index.ts", "dist/index.js", "template/test/x.test.ts.txt"].map(
      (path) => [path, ""] as const,
    ),
    ["dist/index.js.map", map("../src/index.ts")],
  ];
  const broken: readonly (readonly [string, readonly (readonly [string, string])[], string])[] = [
    ["without a license", files.filter(([path]) => path !== "LICENSE"), "LICENSE is missing"],
    ["without a README", files.filter(([path]) => path !== "README.md"), "README.md is missing"],
    ["without the sources of its maps", files.filter(([path]) => path !== "src/index.ts"), "dist/index.js.map points to src/index.ts"],
    ["with a map that leads out of it", [...files, ["dist/a.js.map", map("../../core/src/a.ts")]], "points to ../core/src/a.ts"],
    ["with tests", [...files, ["test/index.test.ts", ""]], "test/index.test.ts is nobody's business"],
    ["with a build's notes", [...files, ["tsconfig.tsbuildinfo", ""]], "tsconfig.tsbuildinfo is nobody's business"],
  ];

  test("is accepted", () => expect(tarballViolations(new Map(files))).toEqual([]));
  test.each(broken)("%s is refused", (_name, wrong, complaint) => {
    expect(tarballViolations(new Map(wrong))).toEqual([expect.stringContaining(complaint)]);
  });
});
