import { describe, expect, test } from "vitest";
import { documentedExports, documentedOptions, publicNames } from "../src/export-rules.js";
import { driverStaysInTransport, onlyImports } from "../src/import-rules.js";
import { roomViolations } from "../src/room-rules.js";
import { knowsNoKind } from "../src/scenario-rules.js";
import { shortFiles, shortFunctions } from "../src/size-rules.js";
import { noModuleState } from "../src/state-rules.js";
import * as syntax from "../src/syntax-rules.js";
import type { Rule } from "../src/violation.js";
import { parse } from "../src/workspace.js";

const onlyZod = onlyImports(["zod"]);
const state = noModuleState({ "packages/x/src/file.ts#driverRegistry": "the driver looks it up by scheme" });
const scoped = driverStaysInTransport("@grpc/grpc-js");

const broken: readonly (readonly [string, Rule, string])[] = [
  ["default export", syntax.noDefaultExport, "export default 1;"],
  ["default function", syntax.noDefaultExport, "export default function f() {}"],
  ["default in a list", syntax.noDefaultExport, "const a = 1; export { a as default };"],
  ["export *", syntax.noExportStar, 'export * from "./a.js";'],
  ["export * as", syntax.noExportStar, 'export * as a from "./a.js";'],
  ["enum", syntax.onlyErasableSyntax, "enum E { A }"],
  ["namespace", syntax.onlyErasableSyntax, "namespace N { export const a = 1; }"],
  ["parameter property", syntax.onlyErasableSyntax, "class C { constructor(private readonly a: number) {} }"],
  ["any in a type", syntax.noAny, "export const f = (a: Record<string, any>) => a;"],
  ["any in an assertion", syntax.noAny, "const b = a as any;"],
  ["console", syntax.noConsole, 'console.error("x");'],
  ["console passed on", syntax.noConsole, "const log = console;"],
  ["suppressed type error", syntax.noSuppression, "// @ts-expect-error\nconst a: 1 = 2;"],
  ["suppressed lint", syntax.noSuppression, "// biome-ignore lint: no"],
  ["Date.now", syntax.noAmbientTime, "const t = Date.now();"],
  ["new Date", syntax.noAmbientTime, "const t = new Date();"],
  ["Math.random", syntax.noAmbientTime, "const r = Math.random();"],
  ["setTimeout", syntax.noAmbientTime, "setTimeout(() => {}, 1);"],
  ["setInterval passed on", syntax.noAmbientTime, "const timers = { every: setInterval };"],
  ["performance", syntax.noAmbientTime, "performance.now();"],
  ["timers from a module", syntax.noAmbientTime, 'import * as timers from "node:timers/promises";'],
  ["a signal's own timer", syntax.noAmbientTime, "const s = AbortSignal.timeout(5);"],
  ["a global's timer", syntax.noAmbientTime, "globalThis.setTimeout(f, 1);"],
  ["hrtime", syntax.noAmbientTime, "const t = process.hrtime.bigint();"],
  ["chance from a module", syntax.noAmbientTime, 'import { randomUUID } from "node:crypto";'],
  ["shorthand timer", syntax.noAmbientTime, "const clock = { setTimeout };"],
  ["let", state, "let count = 0;"],
  ["exported map", state, "export const cache = new Map<string, number>();"],
  ["empty list", state, "const seen: string[] = [];"],
  ["registry object", state, "const registry: Registry = new Registry();"],
  ["static field", state, "class C { static count = 0; }"],
  ["static map", state, "class C { static readonly #all = new Set<C>(); }"],
  ["foreign package", onlyZod, 'import { a } from "lodash";'],
  ["another provider", onlyZod, 'import { a } from "@rollcall/kafka";'],
  ["foreign type", onlyZod, 'type A = import("lodash").A;'],
  ["foreign re-export", onlyZod, 'export { a } from "lodash/fp";'],
  ["dynamic import", onlyZod, 'await import("lodash");'],
  ["built-in without node:", onlyZod, 'import { join } from "path";'],
  ["unknown built-in", onlyZod, 'import { join } from "node:pathology";'],
  ["driver outside the transport", scoped, 'import type { Channel } from "@grpc/grpc-js";'],
  ["driver's inner file", scoped, 'import { x } from "@grpc/grpc-js/build/src/x.js";'],
  ["long file", shortFiles, "// line\n".repeat(251)],
  ["long function", shortFunctions, `function f() {\n${"  g();\n".repeat(49)}}`],
  ["long method", shortFunctions, `class C {\n  m() {\n${"    g();\n".repeat(49)}  }\n}`],
  ["long arrow", shortFunctions, `const f = () => {\n${"  g();\n".repeat(49)}};`],
  ["undocumented function", documentedExports, "export function f(): void {}"],
  ["undocumented constant", documentedExports, "/** One. */\nexport const a = 1;\nexport const b = 2;"],
  ["undocumented type", documentedExports, "export type T = string;"],
  ["undocumented, exported in a list", documentedExports, "const a = 1;\nexport { a };"],
  ["empty doc", documentedExports, "/** */\nexport class C {}"],
  ["undocumented option", documentedOptions(["XOptions"]), "/** Options. */\nexport interface XOptions { readonly a: number }"],
  ["undocumented option of a function", documentedOptions(["x"]), "/** X. */\nexport function x(options: { readonly a: number }): void {}"],
  ["instanceof in a scenario", knowsNoKind, "if (cluster instanceof Simulated) skip();"],
  ["simulator in a scenario", knowsNoKind, 'import { etcdSimulator } from "@rollcall/etcd/simulator";'],
  ["real cluster from a file", knowsNoKind, 'import { Writer, startRealEtcd as start } from "../src/index.js";'],
  ["our module as a whole", knowsNoKind, 'import * as testbed from "../src/index.js";'],
  ["dynamic import of ours", knowsNoKind, 'const testbed = await import("@rollcall/testbed");'],
  ["kind out of a cluster", knowsNoKind, "const { kind } = cluster;"],
  ["real cluster in a scenario", knowsNoKind, 'import { startEtcd } from "@rollcall/testbed";'],
  ["kind of a cluster", knowsNoKind, 'const limit = cluster.kind === "fast" ? 1 : 2;'],
  ["name of the suite", knowsNoKind, 'const limit = test.task.suite?.name.includes("3.4") ? 1 : 2;'],
  ["flag of a cluster", knowsNoKind, "const limit = isReal ? 1 : 2;"],
  ["name of a kind", knowsNoKind, 'if (name === "simulator") skip();'],
];

test.each(broken)("refuses: %s", (_name, rule, text) => {
  expect(rule(parse("packages/x/src/file.ts", text))).not.toEqual([]);
});

const fine: readonly (readonly [string, Rule, string])[] = [
  ["a clock's own methods", syntax.noAmbientTime, "clock.setTimeout(f, 1); const c: Clock = { setTimeout: (f) => f };"],
  ["a method called console", syntax.noConsole, "output.console();"],
  ["the word any elsewhere", syntax.noAny, 'const any = "any"; // any'],
  ["constants", state, 'const a = 1; const b: ReadonlySet<string> = new Set(["x"]); const c: readonly string[] = [];'],
  ["state that the driver forces", state, "export const driverRegistry = new Map();"],
  ["state inside a function", state, "function f() { let a = 0; const b = new Map(); }"],
  ["built-ins, own files, allowed packages", onlyZod, 'import { join } from "node:path"; import "./a.js"; import * as z from "zod";'],
  ["250 lines", shortFiles, "// line\n".repeat(250)],
  ["a function of 50 lines", shortFunctions, `function f() {\n${"  g();\n".repeat(48)}}`],
  ["documented exports", documentedExports, "/** A. */\nexport const a = 1;\n/** B. */\nfunction b() {}\nexport { b };"],
  ["overloads documented once", documentedExports, "/** F. */\nexport function f(): void;\nexport function f(a?: 1): void {}"],
  [
    "options that a function's doc names",
    documentedOptions(["x"]),
    "/**\n * X.\n * @param options - `a`: how many.\n */\nexport function x(options: { readonly a: number }): void {}",
  ],
  ["options that users do not see", documentedOptions([]), "/** Options. */\nexport interface XOptions { readonly a: number }"],
  ["a name in a string", syntax.noAmbientTime, 'const methods = ["setTimeout"];'],
  ["kinds of clients", knowsNoKind, "const { kind } = report; print(writer.kind);"],
  [
    "a scenario's own helpers",
    knowsNoKind,
    'import { Writer, plainClient } from "../src/index.js"; import * as grpc from "@grpc/grpc-js";',
  ],
  ["a scenario on its interface", knowsNoKind, 'import type { EtcdCluster } from "@rollcall/etcd/simulator"; await cluster.grow();'],
];

test.each(fine)("accepts: %s", (_name, rule, text) => {
  expect(rule(parse("packages/x/src/file.ts", text))).toEqual([]);
});

test("the transport and the simulator may know the driver", () => {
  const text = 'import { Client } from "@grpc/grpc-js";';
  expect(scoped(parse("packages/etcd/src/etcd-transport.ts", text))).toEqual([]);
  expect(scoped(parse("packages/etcd/src/simulator/member.ts", text))).toEqual([]);
});

test("a violation says where", () => {
  expect(syntax.noAny(parse("packages/x/src/file.ts", "const a = 1;\nlet b: any;"))).toEqual(["packages/x/src/file.ts:2: any"]);
});

test("public names are counted with types apart", () => {
  const text = 'export { type A, b } from "./a.js"; export type { C } from "./c.js"; export const d = 1; export interface E {}';
  expect(publicNames(parse("index.ts", text))).toEqual({ values: ["b", "d"], types: ["A", "C", "E"] });
});

describe("rooms of a provider", () => {
  const rooms = [
    "index.ts",
    "members-source.ts",
    "members-options.ts",
    "members-metadata.ts",
    "etcd-transport.ts",
    "etcd-error.ts",
    "simulator/index.ts",
  ];

  test("are complete", () => expect(roomViolations(rooms)).toEqual([]));
  test.each(rooms)("without %s are incomplete", (room) => {
    expect(roomViolations(rooms.filter((path) => path !== room))).not.toEqual([]);
  });
  test("have one classifier of errors", () => expect(roomViolations([...rooms, "other-error.ts"])).not.toEqual([]));
});
