import type { EndpointFeed } from "@rollcall/core";
import { expect, it } from "vitest";
import { sinkConformance } from "../src/index.js";
import { brokenRules } from "./broken-rules.js";
import type { BrokenSource } from "./mistake.js";
import { STRAY_SOURCES } from "./stray-sources.js";
import { brokenOf, writingRunner } from "./support/registered.js";
import type { Client } from "./support/sinks.js";
import { LeavesARejection, ThrowsFromACallback } from "./support/stray-sinks.js";
import { unheard } from "./support/unheard.js";

it.each(Object.entries(STRAY_SOURCES))(
  "a source that %s fails in its facet and in no other",
  async (_mistake, source: BrokenSource) => {
    const rules = await unheard(() => brokenRules(source));
    expect(rules.map((rule) => rule.slice(0, source.rule.length))).toContain(source.rule);
  },
  60_000,
);

it.each<[string, new (feed: EndpointFeed) => Client]>([
  ["leaves a rejection to nobody", LeavesARejection],
  ["throws from a callback", ThrowsFromACallback],
])("a sink that %s fails, and is told so", async (_mistake, Broken) => {
  const { runner, registered } = writingRunner();
  sinkConformance("a client", (feed) => new Broken(feed), { runner });
  const broken = await unheard(() => brokenOf(registered));
  expect(broken.map(({ facet }) => facet)).toContain("idempotent");
  for (const { error } of broken) expect(error.rule).toMatch(/^every error reaches whoever asked or told/);
  expect(broken[0]?.error.cause).toEqual(new Error("nobody was told"));
});
