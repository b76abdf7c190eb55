import { describe, expect, it } from "vitest";
import { addressUrl, parseEtcdAddress } from "../src/etcd-address.js";

describe("parseEtcdAddress", () => {
  it.each([
    ["http://h:1", "http", "h", 1],
    ["https://h:1", "https", "h", 1],
    ["HTTPS://Node-1.Example:2", "https", "node-1.example", 2],
    ["h:1", "https", "h", 1],
    ["h", "https", "h", 2379],
    ["http://h", "http", "h", 2379],
    ["http://h:1/abc?x#y", "http", "h", 1],
    ["[2001:db8::1]:1", "https", "2001:db8::1", 1],
    ["http://[::1]", "http", "::1", 2379],
    ["http://[fe80::1%25eth0]:1", "http", "fe80::1%eth0", 1],
    ["10.0.0.1:65535", "https", "10.0.0.1", 65_535],
    ["c.example.com.:2480", "https", "c.example.com.", 2480],
  ] as const)("reads %s", (text, scheme, host, port) => {
    expect(parseEtcdAddress(text, "https")).toEqual({ scheme, host, port });
  });

  it.each([
    "",
    ":1",
    "h:",
    "h:0",
    "h:65536",
    "h:x",
    "::1",
    "[::1",
    "[h]:1",
    "[]:1",
    "a b:1",
    "unix:///tmp/etcd",
    "unix://rel",
    "unix:1",
    "unixs:rel",
    "dns://h",
    "ftp://h:1",
    "http://",
    "http://user:pass@h:1",
    "http://h\u0000:1",
    "http://h:1/\u001bc",
    "http://h\u202e:1",
  ])("refuses %j", (text) => {
    expect(parseEtcdAddress(text, "http")).toBeUndefined();
  });
});

describe("addressUrl", () => {
  it("puts IPv6 in brackets", () => {
    expect(addressUrl({ scheme: "https", host: "h", port: 1 })).toBe("https://h:1");
    expect(addressUrl({ scheme: "http", host: "::1", port: 1 })).toBe("http://[::1]:1");
  });

  it("say which TLS name is asked for, where that is not the host", () => {
    const address = { host: "h", port: 1, tlsName: "n.test" };
    expect(addressUrl({ ...address, scheme: "https" })).toBe("https://h:1 (as n.test)");
    expect(addressUrl({ ...address, scheme: "https", tlsName: "h" })).toBe("https://h:1");
    expect(addressUrl({ ...address, scheme: "http" })).toBe("http://h:1");
  });
});
