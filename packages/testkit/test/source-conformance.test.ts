import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sourceConformance } from "../src/source-conformance.js";
import { brokenRules } from "./broken-rules.js";
import { BROKEN_SOURCES } from "./broken-sources.js";
import { CAPABILITIES, LineCluster } from "./line-cluster.js";
import { LineSource } from "./line-source.js";
import { STRAY_SOURCES } from "./stray-sources.js";

const runner = { describe, it };
sourceConformance("a good source", () => LineCluster.start((seeds, token) => new LineSource(seeds, token)), { ...CAPABILITIES, runner });

describe("a broken source", () => {
  it.each(Object.entries(BROKEN_SOURCES))(
    "that %s fails in its facet and in no other",
    async (_mistake, source) => {
      const rules = await brokenRules(source);
      expect(rules.map((rule) => rule.slice(0, source.rule.length))).toContain(source.rule);
    },
    60_000,
  );

  it("exists for every rule", () => {
    const folder = new URL("../src/source/", import.meta.url);
    const text = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), "utf8"));
    const rules = text.flatMap((file) => [...file.matchAll(/^ {2}rule: "(.+)",$/gm)]).map(([, rule]) => `${rule}`);
    const broken = Object.values({ ...BROKEN_SOURCES, ...STRAY_SOURCES }).map(({ rule }) => rule);
    expect(rules.length).toBeGreaterThan(30);
    expect(rules.filter((rule) => !broken.some((start) => rule.startsWith(start)))).toEqual([]);
  });
});
