import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { answer, type Surroundings } from "../src/answer.js";
import { HELP } from "../src/command-line.js";
import { PUBLISHED, scratch } from "./support/scratch.js";

const directory = scratch("command-line");
const here: Surroundings = { directory, own: PUBLISHED };

describe("the command line", () => {
  it("writes a provider into a directory of its name, and says what comes next", () => {
    expect(answer(["my-system"], here)).toBe(
      "my-system is written.\n\n  cd my-system\n  npm install\n  npm test\n\nWhat to change is in README.md, in order.\n",
    );
    expect(existsSync(join(directory, "my-system", "src", "my-system-members-source.ts"))).toBe(true);
  });

  it("writes it where it is told to, for whichever package manager runs it", () => {
    const told = answer(["@me/other", "--directory", "some where"], { ...here, agent: "pnpm/12.21.0 npm/? node/v20.19.0 linux x64" });
    expect(told).toContain("@me/other is written.\n\n  cd 'some where'\n  pnpm install\n  pnpm test\n");
    expect(existsSync(join(directory, "some where", "package.json"))).toBe(true);
  });

  it.each([
    ["a&b$(x)", "'a&b$(x)'"],
    ["it's", "'it'\\''s'"],
    ["some.where/@me/my-system_2", "some.where/@me/my-system_2"],
  ])("says how to enter %s in a shell", (path, entered) => {
    expect(answer(["quoted", "--directory", path], here)).toContain(`\n  cd ${entered}\n`);
  });

  it("writes it right here, where there is nothing to enter", () => {
    const empty = join(directory, "empty");
    expect(answer(["third", "-d", "."], { ...here, directory: empty })).toContain("third is written.\n\n  npm install\n");
    expect(existsSync(join(empty, "package.json"))).toBe(true);
  });

  it("helps, and says its version", () => {
    expect(answer(["--help"], here)).toBe(HELP);
    expect(answer(["--version"], here)).toBe("1.2.3\n");
  });

  it.each([
    [[], "name: got none, expected one, as in: npm create rollcall-provider my-system"],
    [["a", "b"], "name: got a b, expected one"],
    [["a", "--dir", "b"], "Unknown option '--dir'"],
    [["a", "--directory", ""], "--directory: got an empty text, expected a path"],
    [["a", "--directory"], "argument missing"],
    [["a", "--workspace", "--directory", "b"], "--directory: got one beside --workspace"],
    [["a", "--workspace"], "expected the root of a checkout of Rollcall"],
    [["zod", "-d", "a"], "expected a name that none of the new package's own dependencies has; try rollcall-zod"],
    [["@rollcall/a"], "expected a scope of your own"],
    [["@me/a", "--workspace"], "expected the system alone; its package will be @rollcall/<name>"],
  ])("refuses %j in one line, and writes nothing", (args, expected) => {
    expect(() => answer(args, here)).toThrow(expected);
    expect(existsSync(join(directory, "a"))).toBe(false);
  });

  it("of a checkout refuses to write a package that could not be installed", () => {
    expect(() => answer(["a"], { directory })).toThrow("this generator belongs to a checkout of Rollcall");
    expect(existsSync(join(directory, "a"))).toBe(false);
  });
});
