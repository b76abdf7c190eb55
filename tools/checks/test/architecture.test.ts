import { describe, expect, test } from "vitest";
import { documentedExports, documentedOptions, publicNames } from "../src/export-rules.js";
import { driverStaysInTransport, onlyImports } from "../src/import-rules.js";
import { libraryViolations, manifestViolations } from "../src/manifest-rules.js";
import { MODULE_STATE, ROLES, type Role } from "../src/roles.js";
import { roomViolations } from "../src/room-rules.js";
import { knowsNoKind } from "../src/scenario-rules.js";
import { shortFiles, shortFunctions } from "../src/size-rules.js";
import { noModuleState } from "../src/state-rules.js";
import * as syntax from "../src/syntax-rules.js";
import type { Rule } from "../src/violation.js";
import { type Package, published, publishedPackages, sourcesIn, toolNames } from "../src/workspace.js";

const packages = publishedPackages();
const tools = toolNames().flatMap((tool) => sourcesIn(`tools/${tool}/src`));
const scenarios = ["tools/testbed/scenarios", "tools/testbed/src/scenarios"].flatMap(sourcesIn);

test("every package has a role", () => {
  expect(Object.keys(ROLES).sort()).toEqual(packages.map(({ name }) => name));
});

describe.each(packages.map((one) => [one.name, one] as const))("packages/%s", (_name, one) => {
  const role: Role = ROLES[one.name] ?? { kind: "sink", imports: [] };
  const breaks = (rule: Rule): readonly string[] => one.sources.flatMap(rule);

  test("imports only what its role allows", () => expect(breaks(onlyImports(role.imports))).toEqual([]));
  test("has no default export", () => expect(breaks(syntax.noDefaultExport)).toEqual([]));
  test("has no export *", () => expect(breaks(syntax.noExportStar)).toEqual([]));
  test("has no enum, namespace or parameter property", () => expect(breaks(syntax.onlyErasableSyntax)).toEqual([]));
  test("has no any", () => expect(breaks(syntax.noAny)).toEqual([]));
  test("prints nothing", () => expect(breaks(syntax.noConsole)).toEqual([]));
  test("keeps no state in modules", () => expect(breaks(noModuleState(MODULE_STATE))).toEqual([]));
  test("has short files", () => expect(breaks(shortFiles)).toEqual([]));
  test("has short functions", () => expect(breaks(shortFunctions)).toEqual([]));
  test("documents every export", () => expect(breaks(documentedExports)).toEqual([]));
  test("documents every option", () => {
    const { types, values } = namesOf(one);
    expect(breaks(documentedOptions([...types, ...values]))).toEqual([]);
  });
  test("has the manifest of a library", () => expect(libraryViolations(one.manifest, peersOf(one))).toEqual([]));

  if (role.kind === "core") {
    test("takes time and chance from its clock", () => {
      const outside = one.sources.filter(({ fileName }) => fileName !== "packages/core/src/clock.ts");
      expect(outside.flatMap(syntax.noAmbientTime)).toEqual([]);
    });
    test("exports at most 40 names", () => {
      const { values, types } = namesOf(one);
      expect([...values, ...types].length).toBeLessThanOrEqual(40);
    });
  } else {
    const most = role.values ?? 6;
    test(`exports at most ${most} values`, () => expect(namesOf(one).values.length).toBeLessThanOrEqual(most));
  }
  if (role.kind === "provider") {
    test("has the rooms of a provider", () => {
      expect(roomViolations(one.sources.map(({ fileName }) => fileName.slice(`packages/${one.name}/src/`.length)))).toEqual([]);
    });
    test("knows its driver in the transport and the simulator only", () => {
      expect(breaks(driverStaysInTransport(role.driver ?? ""))).toEqual([]);
    });
  }
});

describe.each(published().map(({ manifest, path }) => [manifest.name, manifest, path] as const))("%s", (_name, manifest, path) => {
  test("has a manifest fit for publishing", () => expect(manifestViolations(manifest, path)).toEqual([]));
});

describe("everywhere", () => {
  const sources = [...packages.flatMap((one) => one.sources), ...tools];
  const tests = [...packages.map(({ name }) => `packages/${name}/test`), ...toolNames().map((name) => `tools/${name}/test`)];
  // The tests of the rules quote what the rules forbid.
  const quoting = (path: string): boolean => path.startsWith("tools/checks/test/");

  test("no finding is silenced", { timeout: 60_000 }, () => {
    const files = [...sources, ...tests.flatMap(sourcesIn)].filter(({ fileName }) => !quoting(fileName));
    expect(files.flatMap(syntax.noSuppression)).toEqual([]);
  });
  test("tools have short files and functions", () => {
    expect([...tools.flatMap(shortFiles), ...tools.flatMap(shortFunctions)]).toEqual([]);
  });
  test("tools keep to the same syntax", () => {
    const rules = [syntax.noDefaultExport, syntax.noExportStar, syntax.onlyErasableSyntax, syntax.noAny];
    expect(tools.flatMap((file) => rules.flatMap((rule) => rule(file)))).toEqual([]);
  });
  test("a scenario cannot tell the simulator from a real cluster", () => {
    expect(scenarios.map(({ fileName }) => fileName)).not.toEqual([]);
    expect(scenarios.flatMap(knowsNoKind)).toEqual([]);
  });
});

function peersOf({ name }: Package): readonly string[] {
  const { kind, driver } = ROLES[name] ?? { kind: "sink" };
  return [...(kind === "core" ? [] : ["@rollcall/core"]), ...(driver === undefined ? [] : [driver])];
}

function namesOf({ name, sources }: Package): ReturnType<typeof publicNames> {
  const index = sources.find(({ fileName }) => fileName === `packages/${name}/src/index.ts`);
  return index ? publicNames(index) : { values: [], types: [] };
}
