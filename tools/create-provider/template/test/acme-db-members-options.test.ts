import { hostPort, isDiscoveryError } from "@rollcall/core";
import { ManualClock } from "@rollcall/testkit";
import { describe, expect, it } from "vitest";
import { acmeDbMembers, acmeDbMembersSource } from "../src/acme-db-members-source.js";
import type { AcmeDbTransport } from "../src/acme-db-transport.js";

const seeds = ["h:1"];

/** The message of the `INVALID_OPTIONS` that these options must cause. */
function complaint(options: unknown): string {
  try {
    acmeDbMembers(options as Parameters<typeof acmeDbMembers>[0]);
  } catch (error) {
    if (isDiscoveryError(error) && error.code === "INVALID_OPTIONS") return error.message;
    throw error;
  }
  throw new Error("the options were accepted");
}

describe("the options of acmeDbMembers", () => {
  it.each([
    ["no options", undefined, "the options: got undefined, allowed is an object"],
    ["no seeds", {}, "seeds: got undefined, allowed is a function, or a list of at least one host:port"],
    ["an empty list of seeds", { seeds: [] }, "seeds: got [], allowed is a function, or a list"],
    ["a seed with a scheme", { seeds: ["http://h:1"] }, "seeds: got [ 'http://h:1' ], allowed is a function, or a list"],
    ["an unknown option", { seeds, tokens: "t" }, "option names: got tokens, allowed is seeds, token, hedgeAfterMs, attemptTimeoutMs"],
    ["a low hedgeAfterMs", { seeds, hedgeAfterMs: 9 }, "hedgeAfterMs: got 9, allowed is a number from 10 to 60000"],
    ["a high attemptTimeoutMs", { seeds, attemptTimeoutMs: 60_001 }, "attemptTimeoutMs: got 60001, allowed is a number from 10 to 60000"],
    ["a token of two lines", { seeds, token: "a\nb" }, "token: got string, allowed is printable ASCII without blanks"],
  ])("refuse %s", (_what, options, expected) => {
    expect(complaint(options)).toContain(`[acme-db] [INVALID_OPTIONS] ${expected}`);
  });

  it("never print a secret", () => {
    const said = [complaint({ seeds, token: "s3cret token" }), complaint({ seeds: ["user:s3cret@h:1"] })];
    expect(said.filter((text) => text.includes("s3cret"))).toEqual([]);
  });
});

describe("the key of acmeDbMembers", () => {
  it("names the seeds, and nothing that is secret", () => {
    expect(acmeDbMembers({ seeds: ["h:1", "[::1]:2"], token: "s3cret" }).key).toBe("acme-db:h:1,[::1]:2");
    expect(acmeDbMembers({ seeds: async () => ["h:1"] }).key).toBe("acme-db:<seeds function>");
  });
});

describe("seeds of acmeDbMembers", () => {
  it("that come from a function are asked, and one that is no address is refused by name", async () => {
    const asked: string[] = [];
    const transport = (): AcmeDbTransport => async (request) => {
      asked.push(hostPort.format(request));
      throw new Error("nobody is there");
    };
    const source = acmeDbMembersSource({ seeds: async () => ["h", "http://u:s3cret@h"] }, { transport, clock: new ManualClock() });
    const poll = source.fetch({ signal: new AbortController().signal, previous: undefined, known: [], attempt: 0 });
    const { message } = (await poll.catch((error: Error) => error)) as Error;
    expect(message).toContain("h:7400: [acme-db] [UNAVAILABLE] GET /members of h:7400: nobody is there");
    expect(message).toContain("***@h: [acme-db] [UNAVAILABLE] this seed is no address");
    expect(message).not.toContain("s3cret");
    expect(asked).toEqual(["h:7400"]);
  });
});
