import { DiscoveryError, type DiscoveryErrorCode } from "@rollcall/core";
import type { EtcdAuthOptions } from "./etcd-auth-options.js";

/** grpc-js prints a metadata value with other characters on standard error. */
const TOKEN = /^[\x20-\x7e]+$/;

/** What an error may be called, and its code, to be repeated: a careless function may put the secret there. */
const ERROR_NAME = /^(?:[A-Z][A-Za-z]{0,40})?(?:Error|Exception)$/;
const ERROR_CODE = /^[A-Z][A-Z0-9_]{1,40}$/;

/** Whether it can be sent as a token. */
export function isToken(value: unknown): value is string {
  return typeof value === "string" && TOKEN.test(value);
}

/**
 * The password, or the token, of this user.
 *
 * @param signal - fires when nobody waits for it any more
 * @throws DiscoveryError `UNAVAILABLE` if the user's function fails, because that may pass like the failure of a member; `UNAUTHENTICATED` if
 * it returns what cannot be sent. Neither says what was thrown or returned, which may be, or contain, the secret.
 */
export async function askUser(auth: EtcdAuthOptions, signal: AbortSignal): Promise<string> {
  if ("token" in auth) {
    const token: unknown = await called("auth.token", auth.token, signal);
    if (isToken(token)) return token;
    throw unusable("auth.token", token, "a text of one or more printable ASCII characters");
  }
  if (typeof auth.password === "string") return auth.password;
  const password: unknown = await called("auth.password", auth.password, signal);
  if (typeof password === "string" && password !== "") return password;
  throw unusable("auth.password", password, "a text that is not empty");
}

async function called(option: string, ask: (context: { readonly signal: AbortSignal }) => unknown, signal: AbortSignal): Promise<unknown> {
  try {
    return await ask({ signal });
  } catch (thrown) {
    const says = `the function ${option} failed with ${nameOf(thrown)}; its message is not repeated, because it may hold the secret`;
    throw problem("UNAVAILABLE", says);
  }
}

function unusable(option: string, value: unknown, allowed: string): DiscoveryError {
  const got = typeof value === "string" ? "another text" : typeof value;
  return problem("UNAUTHENTICATED", `the function ${option} returned ${got}, allowed is ${allowed}`);
}

function problem(code: DiscoveryErrorCode, message: string): DiscoveryError {
  return new DiscoveryError(code, message, { source: "etcd" });
}

/** The name and the code of an error, where they look like those of Node's own; else nothing of what was thrown. */
function nameOf(thrown: unknown): string {
  try {
    const { name, code } = thrown as { name?: unknown; code?: unknown };
    const words = thrown instanceof Error ? [matching(ERROR_NAME, name), matching(ERROR_CODE, code)] : [];
    return words.join(" ").trim() || `a thrown ${typeof thrown}`;
  } catch {
    return "something unreadable";
  }
}

function matching(pattern: RegExp, word: unknown): string {
  return typeof word === "string" && pattern.test(word) ? word : "";
}
