import { isDiscoveryError } from "@rollcall/core";
import { describe, expect, it } from "vitest";
import { rocketmqNameservers } from "../src/rocketmq-nameservers-source.js";

const seeds = ["h:1"];

/** The message of the `INVALID_OPTIONS` that these options must cause. */
function complaint(options: unknown): string {
  try {
    rocketmqNameservers(options as Parameters<typeof rocketmqNameservers>[0]);
  } catch (error) {
    if (isDiscoveryError(error) && error.code === "INVALID_OPTIONS") return error.message;
    throw error;
  }
  throw new Error("the options were accepted");
}

describe("the options of rocketmqNameservers", () => {
  it.each([
    ["no options", undefined, "the options: got undefined, allowed is an object"],
    [
      "no origin",
      {},
      "from: got undefined, allowed is { addressServer, unit?, params? }, { seeds } or { file }, or a list of at least one",
    ],
    ["an empty list of origins", { from: [] }, "from: got a list, allowed is { addressServer"],
    ["an origin that is a text", { from: "h:1" }, "from: got string, allowed is { addressServer"],
    ["an origin of no kind", { from: [{ seeds }, {}] }, "from.1: got object, allowed is { addressServer"],
    ["a misspelt option of an origin", { from: { file: "x", unit: "u" } }, "from.unit: got string, allowed is no such option"],
    ["two kinds in one", { from: { addressServer: "http://h", seeds } }, "from.seeds: got [ 'h:1' ], allowed is no such option"],
    [
      "an address server without a scheme",
      { from: { addressServer: "h:8080" } },
      "from.addressServer: got string, allowed is an http:// or https:// URL",
    ],
    ["another scheme", { from: [{ addressServer: "ftp://h" }] }, "from.0.addressServer: got string, allowed is an http:// or https:// URL"],
    ["a URL without a host", { from: { addressServer: "http://" } }, "from.addressServer: got string, allowed"],
    [
      "no address server",
      { from: { addressServer: [] } },
      "from.addressServer: got a list, allowed is an http:// or https:// URL, or a list of at least one",
    ],
    ["an empty unit", { from: { addressServer: "http://h", unit: "" } }, "from.unit: got string, allowed is a unit name"],
    [
      "params that are numbers",
      { from: { addressServer: "http://h", params: { a: 1 } } },
      "from.params.a: got number, allowed is an object of texts",
    ],
    [
      "params in one text",
      { from: { addressServer: "http://h", params: "a=1" } },
      "from.params: got string, allowed is an object of texts",
    ],
    [
      "a seed with a path",
      { from: { seeds: ["h:1/x"] } },
      "from.seeds: got [ 'h:1/x' ], allowed is a function, or a list of at least one host:port",
    ],
    ["no seeds", { from: { seeds: [] } }, "from.seeds: got [], allowed is a function, or a list of at least one host:port"],
    ["an empty path", { from: { file: "" } }, 'from.file: got "", allowed is the path of a file'],
    ["an empty topic", { from: { seeds }, topic: "" }, 'topic: got "", allowed is the name of a topic'],
    [
      "an unknown option",
      { from: { seeds }, unit: "u" },
      "option names: got unit, allowed is from, topic, tls, acl, hedgeAfterMs, attemptTimeoutMs",
    ],
    [
      "a high attemptTimeoutMs",
      { from: { seeds }, attemptTimeoutMs: 60_001 },
      "attemptTimeoutMs: got 60001, allowed is a number from 10 to 60000",
    ],
  ])("refuse %s", (_what, options, expected) => {
    expect(complaint(options)).toContain(`[rocketmq] [INVALID_OPTIONS] ${expected}`);
  });

  it("never print what a URL or its parameters may hold", () => {
    const secret = "s3cr3t";
    const said = [
      complaint({ from: { addressServer: `http//u:${secret}@h` } }),
      complaint({ from: { addressServer: [`http://u:pa?${secret}@h:x`] } }),
      complaint({ from: { addressServer: "http://h", params: secret } }),
      complaint({ from: { addressServer: "http://h", params: { token: [secret] } } }),
      complaint({ from: secret }),
    ];
    expect(said.filter((text) => text.includes(secret))).toEqual([]);
  });
});

describe("the key of rocketmqNameservers", () => {
  it("names every origin, without user information and query", () => {
    const from = [
      { addressServer: ["http://u:p@h1:8080?token=t", "https://h2/own/list#x"], unit: "blue", params: { key: "s" } },
      { seeds: ["NS1", "[::1]:1"] },
      { seeds: async () => ["secret:1"] },
      { file: "/etc/nameservers" },
    ];
    expect(rocketmqNameservers({ from }).key).toBe(
      "rocketmq-nameservers:http://h1:8080/rocketmq/nsaddr-blue,https://h2/own/list-blue + ns1:9876,[::1]:1 + <seeds function> + file:/etc/nameservers",
    );
  });

  it("tells origins of the same name apart, so that neither is taken for what the other said", () => {
    const from = ["a", "b"].map((token) => ({ addressServer: `http://h/x?token=${token}` }));
    expect(rocketmqNameservers({ from }).key).toBe("rocketmq-nameservers:http://h/x + http://h/x #2");
  });
});
