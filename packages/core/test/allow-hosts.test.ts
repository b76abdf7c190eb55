import { describe, expect, it } from "vitest";
import { allowHosts } from "../src/index.js";

type AllowHostsOptions = Parameters<typeof allowHosts>[0];

const allows = (options: AllowHostsOptions, host: string): boolean => {
  const endpoint = { id: "a", host, port: 2379 };
  const kept = allowHosts(options)(endpoint);
  expect(kept === undefined || kept === endpoint).toBe(true); // never a copy
  return kept !== undefined;
};

describe("allowHosts", () => {
  it.each([
    ["example.com", true],
    ["a.example.com", true],
    ["A.Example.COM", true],
    ["b.a.example.com", true],
    ["badexample.com", false],
    ["example.com.evil.test", false],
    ["com", false],
    ["localhost", false],
    ["10.0.0.1", false],
  ])("suffixes [example.com]: %s is %s", (host, expected) => {
    expect([allows({ suffixes: ["example.com"] }, host), allows({ suffixes: [".EXAMPLE.com"] }, host)]).toEqual([expected, expected]);
  });

  it.each([
    ["10.0.0.0", true],
    ["10.255.255.255", true],
    ["11.0.0.0", false],
    ["192.168.1.7", true],
    ["192.168.1.8", false],
    ["fd00::1", true],
    ["FD12:3456::1", true],
    ["fe80::1", false],
    ["::1", false],
    ["10.example.com", false],
    ["localhost", false],
  ])("cidrs [10.0.0.0/8, 192.168.1.7/32, fd00::/8]: %s is %s", (host, expected) => {
    expect(allows({ cidrs: ["10.0.0.0/8", "192.168.1.7/32", "fd00::/8"] }, host)).toBe(expected);
  });

  it("judges a name by the suffixes and an address by the networks when both are given", () => {
    const options = { suffixes: ["svc.cluster.local"], cidrs: ["0.0.0.0/0"] };
    expect(["etcd-0.svc.cluster.local", "1.2.3.4", "etcd-0.test", "::1"].map((host) => allows(options, host))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it.each([
    [{}, "allowHosts: got {}, allowed is at least one suffix or network"],
    [{ suffixes: [], cidrs: [] }, "allowed is at least one suffix or network"],
    [{ suffix: ["a"] }, 'allowHosts, option names: got "suffix", allowed is one of suffixes, cidrs'],
    [{ cidrs: ["10.0.0.0"] }, 'allowHosts cidrs: got "10.0.0.0", allowed is an address and a prefix length'],
    [{ cidrs: ["10.0.0.0/33"] }, 'allowHosts cidrs: got "10.0.0.0/33"'],
    [{ cidrs: ["fd00::/129"] }, 'allowHosts cidrs: got "fd00::/129"'],
    [{ cidrs: ["10.0.0.0/-1"] }, 'allowHosts cidrs: got "10.0.0.0/-1"'],
    [{ cidrs: ["10.0.0/8"] }, 'allowHosts cidrs: got "10.0.0/8"'],
    [{ cidrs: ["example.com/8"] }, 'allowHosts cidrs: got "example.com/8"'],
    [{ cidrs: [""] }, 'allowHosts cidrs: got ""'],
    [undefined, "the options of allowHosts: got undefined, allowed is an object"],
  ])("refuses %j", (options, message) => {
    expect(() => allowHosts(options as AllowHostsOptions)).toThrow(message);
    expect(() => allowHosts(options as AllowHostsOptions)).toThrow("[core] [INVALID_OPTIONS]");
  });
});
