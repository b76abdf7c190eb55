import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hostPort } from "../src/index.js";

describe("hostPort.parse", () => {
  it.each([
    ["h:1", "h", 1],
    ["Node-1.Example.:65535", "Node-1.Example.", 65_535],
    ["10.0.0.1:9092", "10.0.0.1", 9_092],
    ["[2001:db8::1]:1", "2001:db8::1", 1],
    ["[fe80::1%eth0]:1", "fe80::1%eth0", 1],
  ])("reads %s, whatever the default port", (text, host, port) => {
    expect(hostPort.parse(text)).toEqual({ host, port });
    expect(hostPort.parse(text, 7)).toEqual({ host, port });
  });

  it("takes the default port where none is written, and refuses such an address if there is none", () => {
    for (const [text, host] of [
      ["h", "h"],
      ["[::1]", "::1"],
    ] as const) {
      expect(hostPort.parse(text, 9_092)).toEqual({ host, port: 9_092 });
      expect(hostPort.parse(text)).toBeUndefined();
    }
  });

  const bad = ["", ":1", "h:", "h:0", "h:65536", "h:1x", "h:-1", "::1", "::1:2379", "[::1", "[h]:1", "[]:1", "a b:1", "h:1 ", "h:1\n"];
  it.each([...bad, "http://h:1", "h:1/path", "h/path", "u@h:1", "u:p@h:1", "h?x", "h#x"])("refuses %j", (text) => {
    expect(hostPort.parse(text)).toBeUndefined();
    expect(hostPort.parse(text, 1)).toBeUndefined();
  });

  it.each([undefined, null, 5, {}, ["h:1"]])("refuses %j, which is no text", (given) => {
    expect(hostPort.parse(given as never, 1)).toBeUndefined();
  });
});

describe("hostPort.format", () => {
  it("puts IPv6 in brackets", () => {
    expect([hostPort.format({ host: "::1", port: 1 }), hostPort.format({ host: "h", port: 2 })]).toEqual(["[::1]:1", "h:2"]);
  });

  it("writes what parse reads back", () => {
    fc.assert(
      fc.property(fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6()), fc.integer({ min: 1, max: 65_535 }), (host, port) => {
        expect(hostPort.parse(hostPort.format({ host, port }))).toEqual({ host, port });
      }),
    );
  });
});

describe("hostPort.printable", () => {
  it("hides everything before the last @, and every query", () => {
    expect(hostPort.printable("http://user:p/a@ss@h:1")).toBe("***@h:1");
    expect(hostPort.printable("http://h:1")).toBe("http://h:1");
    expect(hostPort.printable("ftp://h/?token=secret")).toBe("ftp://h/?***");
    expect(hostPort.printable("http://user:p?ss@h:1")).toBe("***");
    expect(hostPort.printable("ftp://h/?token=secret@x")).toBe("***");
  });
});
