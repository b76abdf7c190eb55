import { expect, it } from "vitest";
import { ConformanceError } from "../src/index.js";
import { check } from "../src/rule.js";

const rule = { rule: "doors close", why: "it is cold outside" };

it("a rule that holds says nothing; one that does not says what, why and what was seen, in one line each", () => {
  expect(() => check(rule, true)).not.toThrow();
  expect(() => check(rule, false)).toThrow(new ConformanceError(rule));
  expect(new ConformanceError(rule).message).toBe("broken rule: doors close\nwhy it matters: it is cold outside");
  const cause = new Error("stuck");
  const error = new ConformanceError(rule, { door: "front", open: Array(40).fill(10) }, cause);
  expect(error.message.split("\n").slice(2)).toEqual(["observed:", "  door: front", expect.stringMatching(/^ {2}open: \[.*10.*\]$/)]);
  expect(error).toMatchObject({ ...rule, cause, observed: { door: "front" } });
});
