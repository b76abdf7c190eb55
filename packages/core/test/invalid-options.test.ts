import { describe, expect, it } from "vitest";
import { invalidOptions } from "../src/index.js";

type Issue = Parameters<typeof invalidOptions>[2][number];

const secret = "s3cr3t";
const names = { "": "seeds, auth, waitMs", auth: "username, password" };

function issue(path: readonly PropertyKey[], message = "something else"): Issue {
  return { code: "custom", path, message };
}

/** What is said of one bad value. */
function said(path: readonly PropertyKey[], options: unknown, printable: readonly string[] = []): string {
  return invalidOptions("kv", options, [issue(path)], { names, printable }).message;
}

describe("invalidOptions", () => {
  it("names the option, what was given and what is allowed", () => {
    const error = invalidOptions("kv", { waitMs: 5 }, [issue(["waitMs"], "a number from 10 to 20"), issue(["auth"])], {
      names,
      printable: ["waitMs"],
    });
    expect(error).toMatchObject({ code: "INVALID_OPTIONS", source: "kv" });
    expect(error.message).toBe("[kv] [INVALID_OPTIONS] waitMs: got 5, allowed is a number from 10 to 20");
  });

  it("names a misspelt option before all others, at the top and below", () => {
    const missing = issue(["seeds"]);
    const top = { code: "unrecognized_keys", path: [], message: "zod's own", keys: ["sedes", "x"] };
    const below = { ...top, path: ["auth"] };
    expect(invalidOptions("kv", {}, [missing, top], { names }).message).toContain(
      "option names: got sedes, x, allowed is seeds, auth, waitMs",
    );
    expect(invalidOptions("kv", {}, [missing, below], { names }).message).toContain(
      "auth, option names: got sedes, x, allowed is username, password",
    );
  });

  it("wants an object where there must be one", () => {
    const none = { code: "invalid_type", expected: "object", message: "zod's own" };
    expect(invalidOptions("kv", undefined, [{ ...none, path: [] }], { names }).message).toContain(
      "the options: got undefined, allowed is an object",
    );
    expect(invalidOptions("kv", { auth: secret }, [{ ...none, path: ["auth"] }], { names }).message).toContain(
      "auth: got string, allowed is an object",
    );
  });

  it.each([
    [secret, "string"],
    [1234, "number"],
    [true, "boolean"],
    [{ secret }, "object"],
    [[secret], "a list"],
    [null, "null"],
    [undefined, "undefined"],
    [() => secret, "function"],
    [Symbol(secret), "symbol"],
  ])("prints only the type of a value that is not declared printable", (given, type) => {
    expect(said(["client"], { client: given })).toContain(`client: got ${type}, allowed`);
    expect(said(["client", "sasl", 0], { client: { sasl: [given] } }, ["clien", "client.sas"])).toContain(
      `client.sasl.0: got ${type}, allowed`,
    );
  });

  it.each([
    ["text", '"text"'],
    [Number.NaN, "NaN"],
    [false, "false"],
    [null, "null"],
    [{ secret }, "object"],
    [["a", 1, { secret }, [secret]], "[ 'a', 1, 'object', 'a list' ]"],
    ["x".repeat(101), `"${"x".repeat(100)}…"`],
    [`https://u:${secret}@h`, '"***@h"'],
  ])("prints numbers, booleans and short texts that are, and lists of them", (given, printed) => {
    expect(said(["topics"], { topics: given }, ["topics"])).toContain(`topics: got ${printed}, allowed`);
  });

  it("prints what is below a printable path", () => {
    expect(said(["topics", 1], { topics: ["a", "b c"] }, ["topics"])).toContain('topics.1: got "b c"');
  });

  it("prints seeds, without their user information, on one line", () => {
    expect(said(["seeds"], { seeds: [`http://u:${secret}@h:1`, "b:1"] })).toContain("seeds: got [ '***@h:1', 'b:1' ], allowed");
    expect(said(["seeds", 0], { seeds: [`u:${secret}@h:1`] })).toContain('seeds.0: got "***@h:1"');
    expect(said(["seeds"], { seeds: Array.from({ length: 50 }, () => "host.example:1") })).not.toContain("\n");
  });

  it("goes on when the path leads nowhere or there is no issue", () => {
    expect(said(["auth", "password"], {})).toContain("auth.password: got undefined");
    expect(said([Symbol("s")], null)).toContain("Symbol(s): got undefined");
    expect(invalidOptions("kv", 5, [], { names }).message).toContain("the options: got number");
  });
});
