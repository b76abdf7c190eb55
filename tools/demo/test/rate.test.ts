import { expect, test } from "vitest";
import { Rate } from "../src/rate.js";

test("a rate looks back two seconds", () => {
  const rate = new Rate();
  expect(rate.perSecond(0, 0)).toBe(0);
  expect(rate.perSecond(500, 10)).toBe(20);
  for (const at of [1_000, 1_500, 2_000, 2_500]) rate.perSecond(at, 10);
  expect(rate.perSecond(3_000, 10)).toBe(0);
});

test("a rate that is rarely looked at spans the time since the last look", () => {
  const rate = new Rate();
  rate.perSecond(0, 0);
  rate.perSecond(10_000, 200);
  expect(rate.perSecond(20_000, 300)).toBe(10);
});
