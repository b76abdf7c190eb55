import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { documentedExports, documentedOptions, publicNames } from "../../checks/src/export-rules.js";
import { onlyImports } from "../../checks/src/import-rules.js";
import { libraryViolations, type Manifest, manifestViolations } from "../../checks/src/manifest-rules.js";
import { roomViolations } from "../../checks/src/room-rules.js";
import { shortFiles, shortFunctions } from "../../checks/src/size-rules.js";
import { noModuleState } from "../../checks/src/state-rules.js";
import * as syntax from "../../checks/src/syntax-rules.js";
import { parse } from "../../checks/src/workspace.js";
import { answer } from "../src/answer.js";
import { filesIn } from "./support/files-in.js";
import { runSuite } from "./support/generated-suite.js";
import { scratch } from "./support/scratch.js";

const checkout = fileURLToPath(new URL("../../..", import.meta.url));
// As much of a checkout as generating and running it need.
const root = scratch("house");
mkdirSync(join(root, "packages", "core"), { recursive: true });
for (const path of ["packages/core/package.json", "packages/core/tsconfig.json", "tsconfig.base.json"])
  cpSync(join(checkout, path), join(root, path));
const told = answer(["my-system", "--workspace"], { directory: root });

const files = filesIn(join(root, "packages", "my-system"));
const manifest = JSON.parse(files.get("package.json") ?? "") as Manifest;
const sources = [...files].filter(([path]) => path.startsWith("src/")).map(([path, text]) => parse(`packages/my-system/${path}`, text));
const index = sources.find(({ fileName }) => fileName.endsWith("/src/index.ts"));
const { values, types } = index ? publicNames(index) : { values: [], types: [] };

describe("a provider that was generated in a checkout", () => {
  it("has the rooms of a provider", () => {
    expect(roomViolations(sources.map(({ fileName }) => fileName.slice("packages/my-system/src/".length)))).toEqual([]);
  });

  it.each(
    Object.entries({
      "imports only what a provider may": onlyImports(["@rollcall/core", "zod"]),
      "has no default export": syntax.noDefaultExport,
      "has no export *": syntax.noExportStar,
      "has only syntax that erases": syntax.onlyErasableSyntax,
      "has no any": syntax.noAny,
      "prints nothing": syntax.noConsole,
      "silences no finding": syntax.noSuppression,
      "asks only the clock for time": syntax.noAmbientTime,
      "keeps no state in modules": noModuleState({}),
      "has short files": shortFiles,
      "has short functions": shortFunctions,
      "documents every export": documentedExports,
      "documents every option": documentedOptions([...values, ...types]),
    }),
  )("%s", (_what, rule) => {
    expect(sources.flatMap(rule)).toEqual([]);
  });

  it("exports few values", () => expect(values).toEqual(["mySystemMembers"]));

  it("has a manifest fit for publishing, as far as it is like all others", () => {
    expect(manifest.name).toBe("@rollcall/my-system");
    expect(manifestViolations(manifest, "packages/my-system")).toEqual([]);
    expect(libraryViolations(manifest, ["@rollcall/core"])).toEqual([]);
    expect(manifest).toMatchObject({ scripts: JSON.parse(readFileSync(join(checkout, "packages/core/package.json"), "utf8")).scripts });
  });

  it("is compiled like its neighbours", () => {
    const neighbour = JSON.parse(readFileSync(join(checkout, "packages/rocketmq/tsconfig.json"), "utf8"));
    expect(JSON.parse(files.get("tsconfig.json") ?? "")).toEqual(neighbour);
  });

  it("comes with the lines that have to be added elsewhere", () => {
    expect(told).toContain('\n  "my-system": { kind: "provider", imports: ["@rollcall/core", "zod"] },\n');
    expect(told).toContain('\n  "@rollcall/my-system": "workspace:*",\n');
    expect(told).toContain('\n  "@rollcall/my-system",\n');
    expect(told).toContain('\n"@rollcall/my-system" and "@rollcall/my-system/simulator" in tools/checks/src/size-limits.ts');
    expect(told).toContain('"@rollcall/my-system#check:pack" below check:size in\nturbo.json');
  });

  it("names files and headings that the checkout has", () => {
    const text = (path: string): string => readFileSync(join(checkout, path), "utf8");
    expect(text("CONTRIBUTING.md")).toContain(`\n## ${told.match(/"(How [^"]+)"/)?.[1]}\n`);
    expect(text("tools/checks/src/size-limits.ts")).toContain('"@rollcall/kafka/simulator": ');
    expect(text("turbo.json")).toContain('"@rollcall/kafka#check:pack"');
  });

  it("is not written over another one", () => {
    expect(() => answer(["core", "--workspace"], { directory: root })).toThrow("in which there is package.json");
  });

  it("passes the conformance suite", { timeout: 60_000 }, async () => {
    const { cases, complaints } = await runSuite(join(root, "packages", "my-system"));
    expect(complaints).toEqual([]);
    expect(cases).toBeGreaterThan(30);
  });
});
