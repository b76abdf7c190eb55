import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { askUser, isToken } from "../src/etcd-secrets.js";

const SECRET = "hunter2";
const { signal } = new AbortController();

/** How asking a function that does this fails; `kind` is the option. */
async function failure(kind: "password" | "token", act: () => unknown): Promise<unknown> {
  const ask = act as () => string;
  const auth = kind === "token" ? { token: ask } : { username: "root", password: ask };
  return askUser(auth, signal).then(
    () => "no failure",
    (error: unknown) => error,
  );
}

describe("a secret", () => {
  it("is the password itself, or what a function returns, now or later, which hears when nobody waits any more", async () => {
    const heard: AbortSignal[] = [];
    const ask = async (context: { readonly signal: AbortSignal }): Promise<string> => {
      heard.push(context.signal);
      return SECRET;
    };
    expect(await askUser({ username: "root", password: SECRET }, signal)).toBe(SECRET);
    expect(await askUser({ username: "root", password: ask }, signal)).toBe(SECRET);
    expect(await askUser({ token: ask }, signal)).toBe(SECRET);
    expect(await askUser({ token: () => SECRET }, signal)).toBe(SECRET);
    expect(heard).toEqual([signal, signal]);
  });

  it("may be any text if it is a password, and printable ASCII if it is a token", async () => {
    expect(await askUser({ username: "root", password: () => "pässwörd\n" }, signal)).toBe("pässwörd\n");
    expect(["a.1", "e30.e30.c2ln", "two words"].every(isToken)).toBe(true);
    expect(["", "a\n", "a\u0000b", "tökén", "\u007f", 1, undefined].some(isToken)).toBe(false);
  });
});

describe("a function that fails", () => {
  it.each<readonly [string, () => unknown, string]>([
    ["throws", () => fail(new TypeError(SECRET)), "failed with TypeError;"],
    ["rejects", () => Promise.reject(Object.assign(new Error(SECRET), { code: "ECONNREFUSED" })), "failed with Error ECONNREFUSED;"],
    ["throws what is no error", () => fail(SECRET), "failed with a thrown string;"],
    ["throws an object", () => fail({ name: "Hunter", code: SECRET }), "failed with a thrown object;"],
    ["gives its error a strange name", () => fail(Object.assign(new Error(SECRET), { name: `${SECRET} is wrong` })), "a thrown object;"],
    ["gives its error the secret as code", () => fail(Object.assign(new Error(), { code: "Hunter2" })), "failed with Error;"],
    ["gives its error the secret as name", () => fail(Object.assign(new Error(), { name: "Hunter2", code: "EIO" })), "failed with EIO;"],
    ["throws what cannot be read", () => fail(unreadable()), "failed with something unreadable;"],
  ])("because it %s is UNAVAILABLE, since that may pass, and nothing of it is repeated", async (_what, act, said) => {
    for (const kind of ["password", "token"] as const) {
      const error = await failure(kind, act);
      expect(error).toMatchObject({ code: "UNAVAILABLE", retryable: true, source: "etcd" });
      expect(String(error)).toContain(`the function auth.${kind} `);
      expect(String(error)).toContain(said);
      expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/hunter2/i);
    }
  });

  it.each<readonly [string, "password" | "token", unknown, string]>([
    ["nothing", "password", undefined, "auth.password returned undefined, allowed is a text that is not empty"],
    ["an empty password", "password", "", "returned another text"],
    ["an object", "password", { value: SECRET }, "returned object"],
    ["nothing", "token", undefined, "auth.token returned undefined, allowed is a text of one or more printable ASCII characters"],
    ["an empty token", "token", "", "returned another text"],
    ["a token with the line break of its file", "token", `${SECRET}\n`, "returned another text"],
    ["an object", "token", { token: SECRET }, "returned object"],
  ])("because it returns %s is UNAUTHENTICATED, and says what is allowed (%s)", async (_what, kind, value, said) => {
    const error = await failure(kind, async () => value);
    expect(error).toMatchObject({ code: "UNAUTHENTICATED", retryable: false, source: "etcd" });
    expect(String(error)).toContain(said);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(SECRET);
  });
});

function fail(thrown: unknown): never {
  throw thrown;
}

function unreadable(): Error {
  return Object.defineProperty(new Error(SECRET), "name", { get: () => fail(new Error(SECRET)) });
}
