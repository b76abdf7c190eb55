import { isDiscoveryError, MetadataPoller } from "@rollcall/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { type RocketmqOptions, rocketmqSettings } from "../src/rocketmq-options.js";
import { nameservers } from "./support/nameserver-stage.js";

const list = ["h:1"];
const acl = { accessKey: "app", secretKey: "s3cret" };

/** The message of the `INVALID_OPTIONS` that these options must cause. */
function complaint(options: unknown): string {
  try {
    rocketmqSettings(options as RocketmqOptions);
  } catch (error) {
    if (isDiscoveryError(error) && error.code === "INVALID_OPTIONS") return error.message;
    throw error;
  }
  throw new Error("the options were accepted");
}

describe("the options of a source that asks nameservers", () => {
  it("have defaults", () => {
    expect(rocketmqSettings({ nameservers: list })).toEqual({
      nameservers: list,
      nameserversPerPoll: 3,
      removalGraceMs: 35_000,
      probeBrokers: false,
      hedgeAfterMs: 500,
      attemptTimeoutMs: 2_000,
      acl: undefined,
      nameserverNames: "h:1",
    });
  });

  it.each([
    ["no options", undefined, "the options: got undefined, allowed is an object"],
    [
      "no nameservers",
      {},
      "nameservers: got undefined, allowed is the feed of a poller on rocketmqNameservers, or a list of at least one host:port",
    ],
    ["an empty list", { nameservers: [] }, "nameservers: got [], allowed"],
    ["nameservers in one text", { nameservers: "h:1;g:1" }, 'nameservers: got "h:1;g:1", allowed'],
    ["a function, which rocketmqNameservers takes", { nameservers: async () => list }, "nameservers: got function, allowed"],
    ["a source instead of a feed", { nameservers: nameservers({ seeds: list }) }, "nameservers: got object, allowed is the feed"],
    ["a nameserver with a scheme", { nameservers: ["http://h:1"] }, "nameservers: got [ 'http://h:1' ], allowed"],
    ["IPv6 without brackets", { nameservers: ["::1:9876"] }, "nameservers: got [ '::1:9876' ]"],
    [
      "an unknown option",
      { nameservers: list, namesrvAddr: "h" },
      "option names: got namesrvAddr, allowed is nameservers, nameserversPerPoll",
    ],
    ["nobody per poll", { nameservers: list, nameserversPerPoll: 0 }, "nameserversPerPoll: got 0, allowed is an integer from 1 to 16"],
    [
      "half a nameserver per poll",
      { nameservers: list, nameserversPerPoll: 1.5 },
      "nameserversPerPoll: got 1.5, allowed is an integer from 1 to 16",
    ],
    ["a negative grace", { nameservers: list, removalGraceMs: -1 }, "removalGraceMs: got -1, allowed is a number from 0 to 3600000"],
    ["probeBrokers that is a number", { nameservers: list, probeBrokers: 1 }, "probeBrokers: got 1, allowed is true or false"],
    ["a low hedgeAfterMs", { nameservers: list, hedgeAfterMs: 9 }, "hedgeAfterMs: got 9, allowed is a number from 10 to 60000"],
    ["attemptTimeoutMs of NaN", { nameservers: list, attemptTimeoutMs: Number.NaN }, "attemptTimeoutMs: got NaN, allowed"],
    ["TLS that is a switch", { nameservers: list, tls: true }, "tls: got boolean, allowed is an object"],
    ["an unknown TLS option", { nameservers: list, tls: { pfx: "x" } }, "tls, option names: got pfx, allowed is ca, cert, key, serverName"],
    ["an authority that is no PEM", { nameservers: list, tls: { ca: "x" } }, "tls.ca: got string, allowed is one or more PEM certificates"],
    ["a key without its certificate", { nameservers: list, tls: { key: "x" } }, "tls.cert: got undefined, allowed is a PEM certificate"],
    ["an access key alone", { nameservers: list, acl: { accessKey: "app" } }, "acl.secretKey: got undefined, allowed is a secret key"],
    ["an empty secret key", { nameservers: list, acl: { ...acl, secretKey: "" } }, "acl.secretKey: got string, allowed is a secret key"],
    [
      "an unknown ACL option",
      { nameservers: list, acl: { ...acl, token: "x" } },
      "acl, option names: got token, allowed is accessKey, secretKey, securityToken",
    ],
  ])("refuse %s", (_what, options, expected) => {
    expect(complaint(options)).toContain(`[rocketmq] [INVALID_OPTIONS] ${expected}`);
  });

  it("never print a secret", () => {
    const secret = "s3cr3t";
    const said = [
      complaint(secret),
      complaint({ nameservers: `u:${secret}@h:1` }),
      complaint({ nameservers: [`u:${secret}@h:1`] }),
      complaint({ nameservers: list, acl: secret }),
      complaint({ nameservers: list, acl: { accessKey: 1, secretKey: secret } }),
      complaint({ nameservers: list, acl: { ...acl, securityToken: [secret] } }),
      complaint({ nameservers: list, tls: { key: secret } }),
      complaint({ nameservers: list, tls: secret }),
    ];
    expect(said.filter((text) => text.includes(secret))).toEqual([]);
  });

  it("refuse what cannot be read, and keep what its getter threw as the cause", () => {
    const sealed = new Error("the vault is sealed");
    const own = Object.defineProperty({ accessKey: "app" }, "secretKey", {
      enumerable: true,
      get: () => {
        throw sealed;
      },
    });
    const options = { nameservers: list, acl: own as unknown as typeof acl };
    expect(complaint(options)).toContain("the options cannot be read, a getter threw");
    expect(() => rocketmqSettings(options)).toThrow(expect.objectContaining({ cause: sealed }));
  });

  it("keep the objects of ACL and TLS, so that what is changed in them counts at the next request or connection", () => {
    const tls = { serverName: "rocket.test" };
    expect(rocketmqSettings({ nameservers: list, acl, tls }).acl).toBe(acl);
    expect(rocketmqSettings({ nameservers: list, acl, tls }).tls).toBe(tls);
  });

  it("do not change with a list that the caller goes on using, and name it as it is asked", () => {
    const own = ["A.example.com", "[::1]:1"];
    const settings = rocketmqSettings({ nameservers: own });
    own.push("b:1");
    expect(settings).toMatchObject({ nameservers: ["a.example.com:9876", "[::1]:1"], nameserverNames: "a.example.com:9876,[::1]:1" });
  });

  it("take the feed of a poller as it is", () => {
    const poller = new MetadataPoller(nameservers({ seeds: list }));
    onTestFinished(() => poller.close());
    const settings = rocketmqSettings({ nameservers: poller });
    expect(settings.nameservers).toBe(poller);
    expect(settings.nameserverNames).toBe("<nameservers feed>");
  });

  it("of one source come on top, checked by the same rules", () => {
    const own = { topics: z.array(z.string(), "a list of names") };
    const given = { nameservers: list, topics: ["t"] };
    expect(rocketmqSettings(given, own).topics).toEqual(["t"]);
    expect(() => rocketmqSettings({ ...given, topics: 1 } as never, own)).toThrow(
      "[INVALID_OPTIONS] topics: got 1, allowed is a list of names",
    );
  });
});
