import { describe, expect, test } from "vitest";
import { parseCommandLine } from "../src/command-line.js";
import { COMPARISONS, type Comparison } from "../src/comparisons.js";
import { type Figure, verdict } from "../src/figure.js";
import { Fleet } from "../src/fleet.js";
import { herd, peakToMean } from "../src/herd.js";
import { machineLines, thisMachine } from "../src/machine.js";
import { MEASUREMENTS } from "../src/measurements.js";
import { freshMembers } from "../src/members.js";
import { reportLines } from "../src/report.js";
import type { Scale } from "../src/scale.js";
import { sizeFigures } from "../src/size.js";
import { ProbedCluster } from "../src/verdict.js";

const TINY: Scale = {
  endpoints: [3, 5],
  sinks: [1, 2],
  wave: 10,
  pollers: 2,
  iterations: 2,
  rounds: 1,
  objects: 4,
  herd: { pollers: 20, minutes: 2 },
};
const COMPARED = Object.keys(COMPARISONS) as readonly Comparison[];
const SHAPE = { pollers: 2, members: 4, sinks: 3 };

describe("every measurement", () => {
  // The size of the bundle is that of a build, which tests do without.
  const measured = Object.entries(MEASUREMENTS).filter(([name]) => name !== "size");

  test.each(measured)("%s yields figures that the table shows", async (_name, measure) => {
    const figures = await measure(TINY);
    expect(figures).not.toEqual([]);
    const text = reportLines(figures).join("\n");
    for (const { what, value } of figures) {
      expect(text).toContain(what);
      expect(value).not.toBeNaN();
    }
  });

  test("size reads what the size check prints", () => {
    const table = "bundle                     min+gzip B  budget B\n-----\nimport { MetadataPoller }        7331      7500  ok\n";
    expect(sizeFigures(table)).toEqual([
      { what: "size of import { MetadataPoller }", unit: "B min+gzip", value: 7331, budget: { atMost: 6_500 } },
    ]);
  });
});

describe("a fleet", () => {
  const kinds: readonly (readonly [string, (changing: boolean) => Promise<Fleet>])[] = [
    ["of Rollcall", (changing) => Fleet.ofRollcall({ ...SHAPE, changing })],
    ...COMPARED.map(
      (name) => [`that compares by ${name}`, (changing: boolean) => Fleet.ofNaive({ ...SHAPE, changing }, COMPARISONS[name])] as const,
    ),
  ];

  test.each(kinds)("%s polls once per wave and tells every sink of a change", async (_name, make) => {
    const fleet = await make(true);
    expect([fleet.polls, fleet.told]).toEqual([2, 6]);
    for (let wave = 0; wave < 3; wave += 1) {
      fleet.prepare();
      await fleet.run();
    }
    expect([fleet.polls, fleet.told]).toEqual([8, 24]);
  });

  test.each(kinds)("%s tells nobody of the same answer in new strings", async (_name, make) => {
    const fleet = await make(false);
    fleet.prepare();
    await fleet.run();
    expect([fleet.polls, fleet.told]).toEqual([4, 6]);
  });

  test("runs as many waves as it should", async () => {
    const fleet = await Fleet.ofRollcall({ ...SHAPE, changing: true, waves: 3 });
    fleet.prepare();
    await fleet.run();
    expect([fleet.polls, fleet.told]).toEqual([8, 24]);
  });
});

describe("what is compared", () => {
  test.each(COMPARED)("%s finds one moved member among many, and nothing else", (name) => {
    const same = COMPARISONS[name]();
    same([], freshMembers(100));
    expect(same(freshMembers(100), freshMembers(100))).toBe(true);
    expect(same(freshMembers(100), freshMembers(100, 2380))).toBe(false);
  });

  test("members have ids of their own and differ in one port only", () => {
    const [before, after] = [freshMembers(10_000), freshMembers(10_000, 2380)];
    expect(new Set(before.map(({ id }) => id)).size).toBe(10_000);
    expect(before.filter(({ port }, at) => port !== after[at]?.port)).toHaveLength(1);
  });
});

describe("the herd", () => {
  test("the busiest second is compared with the mean one", () => {
    expect(peakToMean([0, 0, 6, 2])).toBe(3);
  });

  test("pollers at a fixed interval stay in step, thirty times the mean; Rollcall's spread", async () => {
    const figures = await herd({ ...TINY, herd: { pollers: 300, minutes: 3 } });
    expect(figures.map(({ alternatives }) => alternatives?.["setInterval, array"])).toEqual([30, 30]);
    for (const { value } of figures) expect(value).toBeLessThan(5);
  });
});

test("a probed member that fails once is set aside and taken back", async () => {
  const cluster = await ProbedCluster.of(4);
  cluster.failOnce(1);
  await cluster.pass(0);
  expect(cluster.poller.snapshot?.aside).toHaveLength(1);
  await cluster.pass(1_200);
  expect(cluster.poller.snapshot).toMatchObject({ version: 3, aside: [] });
});

describe("the report", () => {
  const figure: Figure = {
    what: "a thing",
    unit: "µs",
    value: 0.25,
    budget: { atMost: 0.5 },
    alternatives: { "JSON.stringify": 1, "setInterval, array": 0 },
  };

  test("shows figure, budget, verdict and how many times more an alternative takes", () => {
    const line = reportLines([figure]).find((text) => text.includes("a thing"));
    expect(line?.split("│").map((cell) => cell.trim())).toEqual(["", "a thing", "µs", "0.25", "≤ 0.5", "ok", "", "1 (×4)", "", "0", ""]);
  });

  test("a budget that is missed is said so, in either direction", () => {
    expect(verdict({ ...figure, value: 0.6 })).toBe("MISSED");
    expect(verdict({ ...figure, value: 4, budget: { atLeast: 5 } })).toBe("MISSED");
    expect(verdict({ ...figure, value: 5, budget: { atLeast: 5 } })).toBe("ok");
    expect(verdict({ what: "a thing", unit: "µs", value: 5 })).toBeUndefined();
  });

  test("its head names the machine and what was compared with", () => {
    const text = machineLines(thisMachine()).join("\n");
    expect(text).toContain(`node ${process.versions.node}`);
    expect(text).toMatch(/\d+ cores, \d+ GiB/);
    expect(text).toMatch(/fast-deep-equal \d+\.\d+/);
  });
});

describe("the command line", () => {
  test.each([
    [[], { kind: "run", names: ["one", "two"], json: undefined }],
    [["two", "--json", "file"], { kind: "run", names: ["two"], json: "file" }],
    [["--help"], { kind: "help" }],
    [["three"], { kind: "refused", reason: "no measurement is called three; see --help" }],
    [["--fast"], { kind: "refused", reason: "Unknown option '--fast'; see --help" }],
  ])("%j", (args, command) => {
    expect(parseCommandLine(args, ["one", "two"])).toEqual(command);
  });
});
