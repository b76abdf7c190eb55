import { readFileSync } from "node:fs";
import { expect, it, onTestFinished, vi } from "vitest";
import { sinkConformance } from "../src/index.js";
import { writingRunner } from "./support/registered.js";
import { Client } from "./support/sinks.js";
import { underNodeTest } from "./support/under-node.js";

it("a suite runs under node:test: good sinks pass, broken ones fail with the rule", { timeout: 30_000 }, async () => {
  const { code, output } = await underNodeTest(readFileSync(new URL("support/node-test-suites.ts", import.meta.url), "utf8"));
  expect(code).toBe(1);
  expect(output).toMatch(/^ok 1 - a good one is a sink$/m);
  expect(output).toMatch(/^not ok 2 - one that never forgets is a sink$/m);
  expect(output).toContain("broken rule: the client stops using the addresses of members that left");
  expect(output).toMatch(/^ +ok 1 - tells the poller when the client refuses a set \(.*\) # SKIP$/m);
});

it("a suite takes the global describe and it where there are some", () => {
  const { runner, registered } = writingRunner();
  vi.stubGlobal("describe", runner.describe);
  vi.stubGlobal("it", runner.it);
  onTestFinished(() => void vi.unstubAllGlobals());
  sinkConformance("a client", (feed) => new Client(feed));
  expect(registered.length).toBeGreaterThan(15);
});

it("a suite without a runner says what to pass", () => {
  expect(() => sinkConformance("a client", (feed) => new Client(feed))).toThrow(
    'pass those of yours, for example import { describe, it } from "node:test" and then { runner: { describe, it } }',
  );
});
