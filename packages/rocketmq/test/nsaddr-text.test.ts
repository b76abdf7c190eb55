import { isDeepStrictEqual } from "node:util";
import { hostPort, isDiscoveryError } from "@rollcall/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatNsaddr, parseNsaddr } from "../src/nsaddr-text.js";

const PAGE = "<!DOCTYPE html>\n<html><body>502 Bad Gateway</body></html>\n";

/** The error that a text must cause. */
function complaint(text: string): string {
  try {
    parseNsaddr(text);
  } catch (error) {
    if (isDiscoveryError(error)) return error.message;
    throw error;
  }
  throw new Error("the text was accepted");
}

describe("a list of nameservers", () => {
  it.each([
    ["one address", "10.0.0.1:9876", ["10.0.0.1:9876"]],
    ["semicolons, as RocketMQ has them", "10.0.0.2:9876;10.0.0.1:9876", ["10.0.0.2:9876", "10.0.0.1:9876"]],
    ["separators at both ends and doubled", ";; a:1;;b:2 ;\n", ["a:1", "b:2"]],
    ["commas and blanks", "a:1, b:2\tc:3", ["a:1", "b:2", "c:3"]],
    ["several lines, all of them", "a:1;b:2\r\nc:3\n\n", ["a:1", "b:2", "c:3"]],
    ["a byte order mark", "\ufeffa:1", ["a:1"]],
    ["duplicates, in whatever case", "NS.example.com:9876;ns.example.com:9876;a:1", ["ns.example.com:9876", "a:1"]],
    ["a full name with its dot", "ns1.example.com.:9876", ["ns1.example.com:9876"]],
    ["names of containers", "rocketmq_namesrv-0:9876", ["rocketmq_namesrv-0:9876"]],
    ["IPv6 in brackets", "[::1]:9876;[FE80::1]:1", ["[::1]:9876", "[fe80::1]:1"]],
  ])("takes %s", (_what, text, expected) => {
    expect(parseNsaddr(text)).toEqual(expected);
  });

  it.each([
    ["a page of HTML", PAGE, "<!DOCTYPE"],
    ["one bad address among good ones", "a:1;b;c:3", "b"],
    ["an address without a port", "10.0.0.1", "10.0.0.1"],
    ["a port that is none", "a:99999", "a:99999"],
    ["port 0", "a:0", "a:0"],
    ["IPv6 without brackets", "::1:9876", "::1:9876"],
    ["brackets around a name", "[a]:1", "[a]:1"],
    ["a URL", "http://a:1", "http://a:1"],
    ["an IPv4 address that was cut short", "10.0.0:9876", "10.0.0:9876"],
    ["an IPv4 address with too large a number", "10.0.0.256:9876", "10.0.0.256:9876"],
    ["an empty label", "a..b:1", "a..b:1"],
    ["a tag that has a port", "<html>:80", "<html>:80"],
    ["JSON", '{"code":404}', '{"code":404}'],
    ["letters that no host name has", "näme:1", "näme:1"],
    ["what cannot be seen, which it spells out", "a\u0007b:1\u200b", "a\\u{7}b:1\\u{200b}"],
    ["what is long, of which it prints 60 characters", "x".repeat(300), `${"x".repeat(60)}…`],
    ["user information, which it does not print", "app:s3cret@a:1", "***@a:1"],
  ])("refuses %s", (_what, text, named) => {
    expect(complaint(text)).toBe(
      `[rocketmq] [MALFORMED_RESPONSE] "${named}" is no host:port (an IPv6 address goes in brackets), so nothing of this list is believed`,
    );
  });

  it.each([
    ["nothing", ""],
    ["blanks", " \r\n\t "],
    ["separators", ";;,\n;"],
  ])("refuses %s: it would leave a client with nobody", (_what, text) => {
    expect(complaint(text)).toBe("[rocketmq] [EMPTY_METADATA] it lists no nameserver");
  });

  it("refuses what is longer than a list can be, in characters or addresses", () => {
    const many = (count: number): string => Array.from({ length: count }, (_, index) => `n${index}:1`).join(";");
    expect(parseNsaddr(many(1_000))).toHaveLength(1_000);
    expect(complaint(many(1_001))).toContain("it lists 1001 addresses; more than 1000 are not believed");
    expect(parseNsaddr(`a:1${" ".repeat(65_533)}`)).toEqual(["a:1"]);
    expect(complaint(`a:1${" ".repeat(65_534)}`)).toContain("[MALFORMED_RESPONSE] it is longer than 65536 bytes");
  });

  it("is written as one line of addresses, each once, without a separator at the end", () => {
    const b = { host: "b", port: 2 };
    expect(formatNsaddr([b, { host: "::1", port: 9876 }, b, { host: "10.0.0.1", port: 1 }])).toBe("b:2;[::1]:9876;10.0.0.1:1");
    expect(formatNsaddr([])).toBe("");
  });

  it("of any text is read, or refused with a DiscoveryError; what was read comes back from what is written (10 000 cases)", () => {
    const good = fc.tuple(
      fc.oneof(
        fc.ipV4(),
        fc.ipV6().map((ip) => `[${ip}]`),
        fc.domain(),
      ),
      fc.integer({ min: 1, max: 65_535 }),
    );
    const odd = fc.tuple(fc.constantFrom("a", "ns_1", "x.", "1.2", "-a", "", "::1", "[::1]"), fc.nat(70_000));
    const junk = fc.oneof(fc.string({ unit: "binary", maxLength: 12 }), fc.constantFrom("<html>", "[", "]:", "@", "?", "\ud800", "\u2028"));
    const separator = fc.constantFrom(";", ",", " ", "\n", "\r\n", ";;", "");
    const piece = fc.oneof(
      { weight: 12, arbitrary: fc.tuple(good, separator).map(([[host, port], end]) => `${host}:${port}${end || ";"}`) },
      { weight: 2, arbitrary: fc.tuple(odd, separator).map(([[host, port], end]) => `${host}:${port}${end}`) },
      { weight: 1, arbitrary: junk },
    );
    let accepted = 0;
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 8 }).map((parts) => parts.join("")),
        (text) => {
          try {
            const addresses = parseNsaddr(text);
            accepted += 1;
            const line = formatNsaddr(addresses.flatMap((each) => hostPort.parse(each) ?? []));
            return line === addresses.join(";") && isDeepStrictEqual(parseNsaddr(line), addresses);
          } catch (error) {
            return isDiscoveryError(error) && ["MALFORMED_RESPONSE", "EMPTY_METADATA"].includes(error.code) && error.message.length < 300;
          }
        },
      ),
      { numRuns: 10_000, seed: 6 },
    );
    expect(accepted).toBeGreaterThan(1_000);
    expect(accepted).toBeLessThan(9_000);
  }, 60_000);
});
