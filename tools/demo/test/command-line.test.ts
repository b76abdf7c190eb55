import { expect, test } from "vitest";
import { parseCommandLine } from "../src/command-line.js";

test("without arguments the story runs on the simulator of etcd, with --real on etcd", () => {
  expect(parseCommandLine([])).toEqual({ kind: "run", system: "etcd", real: false });
  expect(parseCommandLine(["--real"])).toEqual({ kind: "run", system: "etcd", real: true });
});

test("--system says what the story is about", () => {
  expect(parseCommandLine(["--system", "etcd"])).toEqual({ kind: "run", system: "etcd", real: false });
  expect(parseCommandLine(["--system=kafka", "--real"])).toEqual({ kind: "run", system: "kafka", real: true });
  expect(parseCommandLine(["--system", "rocketmq"])).toEqual({ kind: "run", system: "rocketmq", real: false });
});

test("--help wins over everything else", () => {
  expect(parseCommandLine(["--real", "--help"])).toEqual({ kind: "help" });
  expect(parseCommandLine(["--system", "zookeeper", "--help"])).toEqual({ kind: "help" });
});

test.each([
  [["--rael"], "Unknown option '--rael'; see --help"],
  [["real"], "Unexpected argument 'real'; see --help"],
  [["--system", "zookeeper"], "Unknown system 'zookeeper', not one of etcd, kafka, rocketmq; see --help"],
  [["--system"], "Option '--system <value>' argument missing; see --help"],
  [["--system", "--real"], "Option '--system' argument is ambiguous; see --help"],
  [["--real=3.4"], "Option '--real' does not take an argument; see --help"],
])("%j is refused in one sentence", (args, reason) => {
  expect(parseCommandLine(args)).toEqual({ kind: "refused", reason });
});
