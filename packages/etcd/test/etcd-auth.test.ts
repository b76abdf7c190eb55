import { inspect } from "node:util";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it, vi } from "vitest";
import { AuthenticateRequestSchema, AuthenticateResponseSchema } from "../src/gen/rpc_pb.js";
import { type Behaviour, type FakeCall, refuses, status } from "./support/fake-transport.js";
import { votersAt } from "./support/member-list.js";
import { type Harness, harness } from "./support/source-harness.js";

const list = votersAt("http://a:1");

/** A member that hands out `token` and accepts no other. */
function guarded(token: () => string, refusal = status(3, "etcdserver: user name is empty"), ofUser = "pw"): Behaviour {
  return ({ method, metadata, request }) => {
    if (method === "MemberList") return metadata["token"] === token() ? list : Promise.reject(refusal);
    const { name, password } = fromBinary(AuthenticateRequestSchema, request);
    if (name !== "root" || password !== ofUser) {
      return Promise.reject(status(3, "etcdserver: authentication failed, invalid user ID or password"));
    }
    return toBinary(AuthenticateResponseSchema, create(AuthenticateResponseSchema, { token: token() }));
  };
}

function withUser(member: Behaviour, password = "pw"): Harness {
  const setup = harness({ seeds: ["a:1"], auth: { username: "root", password } });
  setup.transport.members.set("http://a:1", member);
  return setup;
}

const THREE = ["a:1", "b:1", "c:1"];

const methods = (calls: readonly FakeCall[]): readonly string[] => calls.map(({ method }) => method);

describe("a user", () => {
  it("is authenticated when first needed, on the same connection, and the token is kept", async () => {
    const { transport, fetch } = withUser(guarded(() => "t1"));
    await fetch();
    await fetch();
    expect(methods(transport.calls)).toEqual(["Authenticate", "MemberList", "MemberList"]);
    expect(transport.connections).toHaveLength(1);
  });

  it.each([
    [3, "user name is empty"],
    [3, "revision of auth store is old"],
    [16, "invalid auth token"],
  ])("is authenticated anew, once, on %i %s", async (code, details) => {
    let token = "t1";
    const { transport, fetch } = withUser(guarded(() => token, status(code, `etcdserver: ${details}`)));
    await fetch();
    token = "t2";
    await fetch();
    expect(methods(transport.calls).slice(2)).toEqual(["MemberList", "Authenticate", "MemberList"]);
  });

  it("is given up as UNAUTHENTICATED when a new token does not help", async () => {
    let tokens = 0;
    const { transport, fetch } = withUser(guarded(() => `t${tokens++}`));
    await expect(fetch()).rejects.toMatchObject({ code: "UNAUTHENTICATED", retryable: false });
    expect(methods(transport.calls)).toEqual(["Authenticate", "MemberList", "Authenticate", "MemberList"]);
    await expect(fetch()).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    expect(methods(transport.calls).slice(4)).toEqual(["MemberList", "Authenticate", "MemberList"]);
  });

  it("with a wrong password is UNAUTHENTICATED, and the password is not in the error", async () => {
    const { fetch } = withUser(
      guarded(() => "t1"),
      "s3cr3t",
    );
    const error = await fetch().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "UNAUTHENTICATED", message: expect.stringContaining("invalid user ID or password") });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("s3cr3t");
  });

  it("needs no token where authentication is not enabled, which is asked once", async () => {
    const { transport, fetch } = withUser((call) =>
      call.method === "MemberList" ? list : refuses(9, "etcdserver: authentication is not enabled")(call),
    );
    await fetch();
    await fetch();
    expect(methods(transport.calls)).toEqual(["Authenticate", "MemberList", "MemberList"]);
    expect(transport.calls.at(-1)?.metadata).toEqual({ hasleader: "true" });
  });

  it("gets a token when authentication is enabled later", async () => {
    let on = false;
    const { transport, fetch } = withUser((call) => {
      if (on) return guarded(() => "t1")(call);
      return call.method === "MemberList" ? list : refuses(9, "etcdserver: authentication is not enabled")(call);
    });
    await fetch();
    on = true;
    await fetch();
    expect(methods(transport.calls)).toEqual(["Authenticate", "MemberList", "MemberList", "Authenticate", "MemberList"]);
  });

  it("is what the error asks for when etcd wants one and none is given", async () => {
    const { transport, fetch } = harness({ seeds: ["a:1"] });
    transport.members.set(
      "http://a:1",
      guarded(() => "t1"),
    );
    await expect(fetch()).rejects.toThrow(/UNAUTHENTICATED.*user name is empty; check the option auth/);
    expect(methods(transport.calls)).toEqual(["MemberList"]);
  });
});

describe("row 16: a user", () => {
  it("is authenticated by the next member when one fails to, and the function is asked once", async () => {
    const password = vi.fn(() => "pw");
    const { transport, fetch } = harness({ seeds: ["a:1", "b:1"], auth: { username: "root", password } });
    transport.members.set("http://a:1", refuses(14, "etcdserver: no leader")).set(
      "http://b:1",
      guarded(() => "t1"),
    );
    await fetch();
    expect(transport.calls.map(({ url, method }) => `${method} ${url}`)).toEqual([
      "Authenticate http://a:1",
      "Authenticate http://b:1",
      "MemberList http://b:1",
    ]);
    expect(password).toHaveBeenCalledOnce();
  });

  it("who is wrong at two members, or whose function fails, is so at every member: nobody else is asked in that poll", async () => {
    const thrown = (): string => {
      throw new TypeError("hunter2");
    };
    for (const [get, says, authenticated] of [
      [() => "wrong", "invalid user ID or password", 2],
      [thrown, "auth.password failed with TypeError", 0],
      [() => "", "auth.password returned another text", 0],
    ] as const) {
      const password = vi.fn(get);
      const { transport, fetch } = harness({ seeds: THREE, auth: { username: "root", password } });
      for (const seed of THREE)
        transport.members.set(
          `http://${seed}`,
          guarded(() => "t1"),
        );
      for (let poll = 1; poll <= 2; poll += 1) {
        const { message } = (await fetch().catch((error: Error) => error)) as Error;
        for (const seed of THREE) expect(message).toMatch(new RegExp(`http://${seed}: [^;]*${says}`));
        expect([password.mock.calls.length, transport.calls.length]).toEqual([poll, poll * authenticated]);
      }
    }
  });

  it("whose password is another one now gets a token once the function returns that", async () => {
    let password = "outdated";
    const { transport, fetch } = harness({ seeds: ["a:1"], auth: { username: "root", password: async () => password } });
    transport.members.set(
      "http://a:1",
      guarded(() => "t1"),
    );
    await expect(fetch()).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    password = "pw";
    await fetch();
  });

  it.each([
    ["Authenticate", refuses(3, "etcdserver: authentication failed, invalid user ID or password"), undefined],
    ["MemberList", refuses(14, "etcdserver: no leader"), "t0ken"],
    ["MemberList", refuses(16, "etcdserver: invalid auth token"), "t0ken"],
  ])("is shown nowhere with a password or a token when %s fails", async (method, failure, token) => {
    const { source, transport, fetch } = harness({ seeds: ["a:1"], auth: { username: "root", password: "hunter2" } });
    const member = guarded(() => "t0ken", undefined, "hunter2");
    transport.members.set("http://a:1", (call) => (call.method === method ? failure : member)(call));
    const error: unknown = await fetch().catch((thrown: unknown) => thrown);
    const { method: last, metadata } = transport.calls.at(-1) ?? {};
    expect([error instanceof Error, last, metadata?.["token"]]).toEqual([true, method, token]);
    const shown = [source, error].flatMap((thing) => [inspect(thing, { depth: 9, showHidden: true }), JSON.stringify(thing)]);
    expect(shown.filter((text) => /hunter2|t0ken/.test(text))).toEqual([]);
  });
});

describe("row 16: a token of one's own", () => {
  /** A source whose user returns these tokens, one after the other, and the last one from then on. */
  function bearing(...tokens: readonly string[]): Harness & { readonly asked: () => number } {
    let asked = 0;
    const token = (): string => tokens[Math.min(asked++, tokens.length - 1)] ?? "";
    const setup = harness({ seeds: ["a:1"], auth: { token } });
    setup.transport.members.set(
      "http://a:1",
      guarded(() => "jwt", status(16, "etcdserver: invalid auth token")),
    );
    return { ...setup, asked: () => asked };
  }

  it("is sent as it is, without Authenticate, and kept", async () => {
    const { transport, fetch, asked } = bearing("jwt");
    await fetch();
    await fetch();
    expect(transport.calls.map(({ method, metadata }) => [method, metadata["token"]])).toEqual([
      ["MemberList", "jwt"],
      ["MemberList", "jwt"],
    ]);
    expect(asked()).toBe(1);
  });

  it("is asked for once more when it is refused", async () => {
    const { transport, fetch, asked } = bearing("outdated", "jwt");
    await fetch();
    expect([methods(transport.calls), asked()]).toEqual([["MemberList", "MemberList"], 2]);
  });

  it("is UNAUTHENTICATED when it is refused again, and is not in the error", async () => {
    const { fetch, asked } = bearing("hunter2");
    const error: unknown = await fetch().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "UNAUTHENTICATED", message: expect.stringContaining("check the option auth") });
    expect([inspect(error, { depth: 9 }).includes("hunter2"), asked()]).toEqual([false, 2]);
  });

  it("is renewed once in a poll, not once for each member that refuses it", async () => {
    const token = vi.fn(() => "outdated");
    const { transport, fetch } = harness({ seeds: THREE, auth: { token } });
    for (const seed of THREE)
      transport.members.set(
        `http://${seed}`,
        guarded(() => "jwt"),
      );
    await expect(fetch()).rejects.toThrow(/a:1: [^;]*with a new token.*b:1: [^;]*with a new token.*c:1: [^;]*with a new token/);
    expect([token.mock.calls.length, transport.calls.map(({ url }) => url.at(7)).join("")]).toEqual([2, "aabc"]);
    await expect(fetch()).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    expect(token).toHaveBeenCalledTimes(3);
  });

  it("is never given to grpc-js where that would print it", async () => {
    const { transport, fetch } = bearing("hunter2\n");
    await expect(fetch()).rejects.toMatchObject({ code: "UNAUTHENTICATED", message: expect.stringContaining("printable ASCII") });
    expect(transport.calls).toEqual([]);
  });
});
