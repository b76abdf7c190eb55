import { describe, expect, it } from "vitest";
import { checkNumber, checkOptionNames, invalid, signalProblem } from "../src/check-options.js";

const refusal = (message: string) =>
  expect.objectContaining({ code: "INVALID_OPTIONS", source: "core", message: `[core] [INVALID_OPTIONS] ${message}` });

describe("checkNumber", () => {
  it.each([
    ["the number given", 3, 2, 3],
    ["the lower bound", 1, 2, 1],
    ["the upper bound", 5, 2, 5],
    ["a fraction", 1.5, 2, 1.5],
    ["the fallback, when none is given", undefined, 2, 2],
  ])("takes %s", (_what, given, fallback, taken) => {
    expect(checkNumber("size", given, fallback, 1, 5)).toBe(taken);
  });

  it.each([
    ["below the lower bound", 0.999, "0.999"],
    ["above the upper bound", 5.001, "5.001"],
    ["not a number", Number.NaN, "NaN"],
    ["a number written as text", "3", '"3"'],
    ["a bigint", 3n, "3n"],
    ["null, which is no absence", null, "null"],
  ])("refuses what is %s", (_what, given, shown) => {
    expect(() => checkNumber("size", given, 2, 1, 5)).toThrow(refusal(`size: got ${shown}, allowed is a number from 1 to 5`));
  });

  it("insists on a number where there is no fallback", () => {
    expect(() => checkNumber("size", undefined, undefined, 1, 5)).toThrow(refusal("size: got undefined, allowed is a number from 1 to 5"));
  });
});

describe("checkOptionNames", () => {
  it.each([[{}], [{ b: 1 }], [{ a: undefined, b: 1 }]])("lets %j pass", (options) => {
    expect(() => checkOptionNames("f", options, ["a", "b"])).not.toThrow();
  });

  it("refuses a name that it does not know, even when it has no value", () => {
    expect(() => checkOptionNames("f", { a: 1, c: undefined }, ["a", "b"])).toThrow(
      refusal('f, option names: got "c", allowed is one of a, b'),
    );
  });

  it.each([
    [null, "null"],
    [undefined, "undefined"],
    ["a", '"a"'],
    [1, "1"],
  ])("refuses %j, which is no object", (options, shown) => {
    expect(() => checkOptionNames("f", options, ["a"])).toThrow(refusal(`the options of f: got ${shown}, allowed is an object`));
  });
});

describe("signalProblem", () => {
  it("is none for a signal of whatever realm, or for none at all", () => {
    const foreign = { aborted: false, addEventListener: () => undefined };
    for (const signal of [undefined, new AbortController().signal, AbortSignal.abort(), foreign]) {
      expect(signalProblem(signal as AbortSignal | undefined)).toBeUndefined();
    }
  });

  it.each([
    [null, "null"],
    [{}, "{}"],
    [{ aborted: true }, "[Object]"],
    ["abort", '"abort"'],
  ])("says what is wrong with %j instead of throwing it", (signal, shown) => {
    expect(signalProblem(signal as never)).toEqual(refusal(`signal: got ${shown}, allowed is an AbortSignal`));
  });
});

describe("invalid", () => {
  it.each([
    ["text is quoted, so that an empty one can be seen", "", '""'],
    ["text keeps its line breaks to itself", "a\nb", '"a\\nb"'],
    ["an object is not printed: it may hold secrets", { password: "hunter2" }, "[Object]"],
    ["nor is an array", ["hunter2"], "[Array]"],
    [
      "nor is an instance",
      new (class Credentials {
        readonly password = "hunter2";
      })(),
      "[Credentials]",
    ],
    ["an object without a prototype neither", Object.assign(Object.create(null), { password: "hunter2" }), "[Object: null prototype]"],
  ])("%s", (_what, given, shown) => {
    expect(invalid("it", given, "something else")).toEqual(refusal(`it: got ${shown}, allowed is something else`));
  });
});
