import { isDiscoveryError, type MetadataSource } from "@rollcall/core";
import { generate } from "selfsigned";
import { beforeAll, describe, expect, it } from "vitest";
import { etcdMembersSettings } from "../src/etcd-members-options.js";
import { etcdMembers } from "../src/index.js";

const seeds = ["http://h:1"];
let own: { cert: string; private: string };
let other: { cert: string; private: string };

beforeAll(async () => {
  [own, other] = await Promise.all([generate(), generate()]);
});

/** The message of the `INVALID_OPTIONS` that these options must cause. */
function complaint(options: unknown): string {
  try {
    etcdMembers(options as Parameters<typeof etcdMembers>[0]);
  } catch (error) {
    if (isDiscoveryError(error) && error.code === "INVALID_OPTIONS") return error.message;
    throw error;
  }
  throw new Error("the options were accepted");
}

describe("etcdMembers options", () => {
  it("have defaults", () => {
    expect(etcdMembersSettings({ seeds })).toEqual({
      seeds,
      foreign: "follow",
      hedgeAfterMs: 500,
      attemptTimeoutMs: 2_000,
      secure: false,
      key: "etcd:h:1",
    });
  });

  it.each([
    ["no options", undefined, "the options: got undefined, allowed is an object"],
    ["options that are no object", "http://user:pass@h", "the options: got string, allowed is an object"],
    ["no seeds", {}, "seeds: got undefined, allowed is a function, or a list"],
    ["an empty list of seeds", { seeds: [] }, "seeds: got []"],
    ["a seed that is a Unix socket", { seeds: ["unix:///x"] }, "seeds: got [ 'unix:///x' ], allowed is .*no Unix sockets"],
    ["a seed that is no text", { seeds: [1] }, "seeds: got [ 1 ]"],
    ["seeds in one text", { seeds: "h:1" }, 'seeds: got "h:1"'],
    ["an unknown option", { seeds, sedes: 1 }, "option names: got sedes, allowed is seeds, tls, auth"],
    ["an unknown TLS option", { seeds, tls: { pfx: "x" } }, "tls, option names: got pfx, allowed is ca, cert"],
    ["an unknown user option", { seeds, auth: { user: "x" } }, "auth, option names: got user, allowed is username and password, or token"],
    ["a low hedgeAfterMs", { seeds, hedgeAfterMs: 9 }, "hedgeAfterMs: got 9, allowed is a number from 10 to 60000"],
    ["a high hedgeAfterMs", { seeds, hedgeAfterMs: 60_001 }, "hedgeAfterMs: got 60001"],
    ["an attemptTimeoutMs that is no number", { seeds, attemptTimeoutMs: "1s" }, 'attemptTimeoutMs: got "1s", allowed is a number'],
    ["an attemptTimeoutMs of NaN", { seeds, attemptTimeoutMs: Number.NaN }, "attemptTimeoutMs: got NaN"],
    ["a cluster id that is not hex", { seeds, clusterId: "xyz" }, 'clusterId: got "xyz", allowed is 1 to 16 hex digits'],
    ["an unknown way with foreign clusters", { seeds, foreign: "merge" }, 'foreign: got "merge", allowed is "refuse" or "follow"'],
    ["a user without a password", { seeds, auth: { username: "u" } }, "auth.password: got undefined, allowed is a password"],
    ["an empty user name", { seeds, auth: { username: "", password: "p" } }, "auth.username: got string, allowed is a user name"],
    ["a password of another type", { seeds, auth: { username: "u", password: 1 } }, "auth.password: got number, allowed is a password, or"],
    ["a user that is nobody", { seeds, auth: {} }, "auth.username: got undefined, allowed is a user name"],
    ["a user who is no object", { seeds, auth: "u" }, "auth: got string, allowed is an object"],
    ["a token that is no function", { seeds, auth: { token: "t" } }, "auth.token: got string, allowed is a function that returns a token"],
    ["a user with a token", { seeds, auth: { username: "u", token: () => "t" } }, "auth.token: got function, allowed is nothing, because"],
    ["TLS that is no object", { seeds, tls: true }, "tls: got boolean, allowed is an object"],
    ["a CA that is no PEM", { seeds, tls: { ca: "x" } }, "tls.ca: got string, allowed is one or more PEM certificates, or { file: path }"],
    ["a CA of another type", { seeds, tls: { ca: 1 } }, "tls.ca: got number, allowed is text or a Buffer in PEM"],
    ["an empty server name", { seeds, tls: { serverName: "" } }, "tls.serverName: got string, allowed is a host name"],
  ])("refuse %s", (_what, options, expected) => {
    const [start = "", rest = ""] = expected.split(".*");
    expect(complaint(options)).toContain(start);
    expect(complaint(options)).toContain(rest);
  });

  it("need certificate and key together, both readable and fitting", () => {
    const { cert, private: key } = own;
    expect(complaint({ seeds, tls: { cert } })).toContain(
      "tls.key: got undefined, allowed is a PEM private key, because tls.cert is given, or { file: path }",
    );
    expect(complaint({ seeds, tls: { key } })).toContain("tls.cert: got undefined");
    expect(complaint({ seeds, tls: { cert: key, key } })).toContain("tls.cert: got string");
    expect(complaint({ seeds, tls: { cert, key: cert } })).toContain(
      "tls.key: got string, allowed is a PEM private key without a passphrase, or { file: path }",
    );
    expect(complaint({ seeds, tls: { cert, key: other.private } })).toContain(
      "tls.key: got string, allowed is the private key of tls.cert, or { file: path }",
    );
    expect(etcdMembersSettings({ seeds, tls: { cert: Buffer.from(cert), key: Buffer.from(key), ca: cert + other.cert } }).secure).toBe(
      true,
    );
  });

  it("never print passwords, keys or the user information of a seed", () => {
    const secret = "s3cr3t";
    const said = [
      complaint({ seeds: [`http://u:${secret}@h:1`] }),
      complaint({ seeds: `http://u:${secret}@h:1` }),
      complaint({ seeds, auth: secret }),
      complaint({ seeds, auth: { username: 1, password: secret } }),
      complaint({ seeds, auth: { username: "u", password: { secret } } }),
      complaint({ seeds, auth: { token: secret } }),
      complaint({ seeds, auth: { token: () => secret, password: secret } }),
      complaint({ seeds, tls: { key: secret } }),
      complaint({ seeds, tls: { cert: own.cert, key: secret } }),
      complaint(secret),
    ];
    expect(said.filter((text) => text.includes(secret))).toEqual([]);
  });

  it("take a user with a password, or with a function that returns it, or a function that returns a token", () => {
    const ask = (): string => "s3cr3t";
    for (const auth of [{ username: "u", password: "p" }, { username: "u", password: ask }, { token: ask }]) {
      expect(etcdMembersSettings({ seeds, auth }).auth).toEqual(auth);
    }
  });

  it("write a cluster id as etcdctl prints it", () => {
    expect(etcdMembersSettings({ seeds, clusterId: "00CDF818194E3A8C" }).clusterId).toBe("cdf818194e3a8c");
  });

  it("count one https:// seed as TLS", () => {
    expect(etcdMembersSettings({ seeds: ["h:1", "https://h:2"] }).secure).toBe(true);
    expect(etcdMembersSettings({ seeds: async () => [], tls: {} }).secure).toBe(true);
    expect(etcdMembersSettings({ seeds: async () => [] }).secure).toBe(false);
  });
});

describe("the key of a source", () => {
  const keyOf = (source: MetadataSource<unknown>): string => source.key;

  it("names the seeds", () => {
    expect(keyOf(etcdMembers({ seeds: ["http://h1/secret?token=1", "h2:1", "[::1]:2"] }))).toBe("etcd:h1:2379,h2:1,[::1]:2");
    expect(keyOf(etcdMembers({ seeds: async () => ["h"] }))).toBe("etcd:<seeds function>");
  });
});
