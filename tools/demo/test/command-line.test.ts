import { expect, test } from "vitest";
import { parseCommandLine } from "../src/command-line.js";

test("without arguments the story runs on the simulator, with --real on etcd", () => {
  expect(parseCommandLine([])).toEqual({ kind: "run", real: false });
  expect(parseCommandLine(["--real"])).toEqual({ kind: "run", real: true });
});

test("--help wins over everything else", () => {
  expect(parseCommandLine(["--real", "--help"])).toEqual({ kind: "help" });
});

test.each([
  [["--rael"], "Unknown option '--rael'; see --help"],
  [["real"], "Unexpected argument 'real'; see --help"],
  [["--real=3.4"], "Option '--real' does not take an argument; see --help"],
])("%j is refused in one sentence", (args, reason) => {
  expect(parseCommandLine(args)).toEqual({ kind: "refused", reason });
});
