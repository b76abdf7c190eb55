import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { programOf } from "../src/node-program.js";
import { dependenciesOf, readmeBlocks } from "../src/outside/cell-files.js";
import { diagnosticsIn, isForeign, typesProblem } from "../src/outside/diagnostics.js";
import { installLines } from "../src/outside/install-lines.js";
import { type Cell, cellName, cellsOf, VERSIONS } from "../src/outside/matrix-cells.js";
import { outsideEnvironment } from "../src/outside/project.js";
import { outcomeOf, reportOf } from "../src/outside/trial.js";
import { packedPackage, tarballName } from "../src/packed.js";
import { tallySuites } from "../src/test-tally.js";
import { ROOT } from "../src/workspace.js";

const DIMENSIONS = Object.keys(VERSIONS) as readonly (keyof Cell)[];

describe("cells of the matrix", () => {
  const pairs = DIMENSIONS.flatMap((a, at) => DIMENSIONS.slice(at + 1).map((b) => [a, b] as const));

  test.each(pairs)("all: every %s occurs with every %s", (a, b) => {
    const wanted = VERSIONS[a].flatMap((one) => VERSIONS[b].map((other) => `${one} ${other}`));
    expect(new Set(cellsOf("all").map((cell) => `${cell[a]} ${cell[b]}`))).toEqual(new Set(wanted));
  });
  test.each(DIMENSIONS)("ci: every %s occurs", (dimension) => {
    expect(new Set(cellsOf("ci").map((cell) => cell[dimension]))).toEqual(new Set(VERSIONS[dimension]));
  });
  test("are sixteen, and four, each with a name of its own", () => {
    expect([new Set(cellsOf("all").map(cellName)).size, cellsOf("ci").length]).toEqual([16, 4]);
  });
  test("of a set that nobody knows are an error of one line", () => {
    expect(() => cellsOf("some")).toThrow(/^--cells some: known are all, ci$/);
  });
});

describe("diagnostics", () => {
  const said = [
    "node_modules/@types/node/fs.d.ts(3,1): error TS1: a",
    "  and why",
    "node_modules/.pnpm/@rollcall+core@file+..+a.tgz/node_modules/@rollcall/core/dist/index.d.ts(1,2): error TS2: b",
    "blocks/README.md-9.ts(1,1): error TS3: c in (node_modules/kafkajs/x.ts)",
    "error TS5023: Unknown compiler option",
  ].join("\n");

  test("say whose fault they are: ours, unless they are in a package of others", () => {
    const found = diagnosticsIn(said);
    expect(found.map(({ within }) => within)).toEqual(["@types/node", "@rollcall/core", undefined, undefined]);
    expect(found.map(isForeign)).toEqual([true, false, false, false]);
  });
  test("keep their explanation", () => expect(diagnosticsIn(said)[0]?.text).toContain("and why"));

  const foreign = "node_modules/kafkajs/x.d.ts(1,1): error TS1: a\n";
  test.each([
    ["nothing, and a good end", "", 0, undefined],
    ["mistakes of others", foreign, 2, undefined],
    ["a mistake of ours", `${foreign}blocks/a.ts(1,1): error TS1: b`, 1, "blocks/a.ts(1,1): error TS1: b"],
    ["a bad end without a mistake", "out of memory", 1, "tsc ended with 1\nout of memory"],
    ["a crash after mistakes of others", foreign, 134, `tsc ended with 134\n${foreign}`],
    ["mistakes, and a good end", foreign, 0, `tsc ended with 0\n${foreign}`],
    ["no end", "", Number.NaN, "tsc ended with NaN\n"],
  ])("of a run with %s are judged", (_name, output, status, problem) => expect(typesProblem(output, status)).toBe(problem));
});

describe("an outside environment", () => {
  test("has nothing of the workspace's package manager, and every way to the registry", () => {
    const kept = { HOME: "/home/x", HTTPS_PROXY: "http://proxy", npm_config_registry: "https://r", NPM_CONFIG_CAFILE: "/ca" };
    const gone = { npm_config_frozen_lockfile: "true", npm_package_name: "rollcall", NODE_OPTIONS: "-r x", INIT_CWD: "/", VITEST: "1" };
    expect(outsideEnvironment({ ...kept, ...gone })).toEqual(kept);
  });
});

describe("what is tried", () => {
  test("is every program of every README, and what it imports", () => {
    const blocks = readmeBlocks();
    expect(new Set(blocks.map(({ place }) => place.split(":")[0]))).toContain("packages/kafka/README.md");
    expect(Object.keys(dependenciesOf(blocks))).toEqual(expect.arrayContaining(["@grpc/grpc-js", "kafkajs"]));
    expect(Object.keys(dependenciesOf(blocks)).filter((name) => /rollcall|^node:|^\./.test(name))).toEqual([]);
  });
  test("counts in the tally, under its suite", () => {
    const report = reportOf("packages npm, Node 20", [{ title: "a" }, { title: "b", problem: "no" }], []);
    expect(tallySuites([report]).get("packages npm, Node 20")).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });
});

describe("outcome of a task", () => {
  test("names what failed", () => {
    const report = reportOf("x", [{ title: "a" }, { title: "b", problem: "no" }], []);
    expect(outcomeOf(report, undefined)).toEqual({ passed: 1, failed: 1, problem: "b" });
  });
  test.each([
    ["left no report", undefined, "ended with 1"],
    ["ended badly after its report", reportOf("x", [{ title: "a" }], []), "ended with SIGTERM"],
    ["tried nothing", reportOf("x", [], []), undefined],
  ])("that %s is a failure", (_name, report, ended) => {
    expect(outcomeOf(report, ended)).toMatchObject({ failed: 1, problem: ended ?? "tried nothing" });
  });
});

describe("the program of a Node version", () => {
  test("is where that version says it is", () => {
    expect(programOf("26", "v26.1.0 /a folder/node\n")).toBe("/a folder/node");
    expect(programOf("20.19.0", "v20.19.0 /node\n")).toBe("/node");
  });
  test.each([
    ["26", "v20.20.2 /usr/bin/node\n", "v20.20.2"],
    ["2", "v20.20.2 /usr/bin/node\n", "v20.20.2"],
    ["20.19.0", "v20.19.01 /usr/bin/node\n", "v20.19.01"],
    ["26", "", "nothing"],
  ])("%s is not what says %j", (version, said, running) => {
    expect(() => programOf(version, said)).toThrow(`npm does not give Node ${version}: ${running} ran instead`);
  });
});

describe("install lines", () => {
  test("are those of README.md for etcd, Kafka and RocketMQ, each with the program below it", () => {
    const lines = installLines(readFileSync(join(ROOT, "README.md"), "utf8"));
    expect(lines.map(({ packages }) => packages[1])).toEqual(["@rollcall/etcd", "@rollcall/kafka", "@rollcall/rocketmq"]);
    for (const { packages, code } of lines) for (const name of packages) expect(code).toContain(`from "${name}"`);
  });
  test("without a program are an error", () => {
    expect(() => installLines("```sh\nnpm install a b\n```\n")).toThrow(/^no program follows npm install a b$/);
  });
});

test("a tarball is named after its package and its version", () => {
  expect(tarballName({ name: "@rollcall/core", version: "0.1.0" })).toBe("rollcall-core-0.1.0.tgz");
  expect(tarballName({ name: "create-rollcall-provider", version: "0.1.0" })).toBe("create-rollcall-provider-0.1.0.tgz");
});

test("a package that nobody publishes cannot be installed, in one line", () => {
  expect(() => packedPackage("nobody")).toThrow(/^no package is published from a folder named nobody$/);
});
