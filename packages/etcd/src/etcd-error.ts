import { DiscoveryError, type DiscoveryErrorCode, isDiscoveryError, toDiscoveryError } from "@rollcall/core";

/**
 * What etcd says when a token is missing, old or unknown. A new token may help: the list is the one that clientv3's
 * `shouldRefreshToken` (`client/v3/retry_interceptor.go`) acts on.
 */
const TOKEN_REFUSED = ["user name is empty", "revision of auth store is old", "invalid auth token"];

/** Refusals that etcd sends under codes that say something else; `api/v3rpc/rpctypes/error.go`. */
const NOT_ALLOWED = [...TOKEN_REFUSED, "authentication failed, invalid user ID or password", "permission denied"];

/** gRPC status codes that mean something else than "not now"; the numbers are gRPC's own. */
const CODES: Readonly<Record<number, DiscoveryErrorCode>> = {
  1: "TIMEOUT", // CANCELLED, and not by us: the server's end of a deadline that won the race
  4: "TIMEOUT", // DEADLINE_EXCEEDED
  7: "UNAUTHENTICATED", // PERMISSION_DENIED
  12: "MALFORMED_RESPONSE", // UNIMPLEMENTED: whoever listens there is no etcd
  16: "UNAUTHENTICATED", // UNAUTHENTICATED
};

/** How grpc-js refuses an answer over the limit, under RESOURCE_EXHAUSTED, which etcd uses for something else. */
const TOO_LARGE = /^Received message (?:larger than|that decompresses to a size larger than)/;

/**
 * How grpc-js wraps why there was no connection, with the time of the attempt and a note that is mostly empty; the second is what 1.12 says of a peer that
 * breaks HTTP/2.
 */
const NO_CONNECTION =
  /^(?:No connection established\. Last error: (?:Error: )?|Received RST_STREAM with code 2 triggered by internal client error: )(.*?)(?: \(\d{4}-[\d:T.-]+Z\))?(?:\. Resolution note: (.*))?$/s;

/** What nghttp2 makes of bytes that are no HTTP/2, and how a TLS server says that it speaks none (RFC 7301, section 3.2). */
const NO_HTTP2 = /^Protocol error$|SSL alert number 120\b/;

/** More than this of what a server says is not repeated. */
const MAX_DETAILS = 1_000;

/**
 * A {@link DiscoveryError} for whatever a call to etcd ended with. Total: a `DiscoveryError` is returned as it is, what
 * cannot be classified is `UNAVAILABLE`, and nothing is thrown.
 *
 * @param asked - what was asked, for the message
 */
export function etcdError(thrown: unknown, asked: string): DiscoveryError {
  if (isDiscoveryError(thrown)) return thrown;
  const { code, details } = statusOf(thrown);
  if (code === undefined) return toDiscoveryError(thrown, "etcd");
  const [kind, said] = connectionFailure(details) ?? refusal(code, details);
  return new DiscoveryError(kind, asked + said, { source: "etcd", cause: thrown });
}

/** What is wrong, and what to say of it after what was asked. */
type Meaning = readonly [kind: DiscoveryErrorCode, said: string];

/** Why there was no connection, without the sentence of grpc-js around it; undefined if there was one. */
function connectionFailure(details: string): Meaning | undefined {
  const [, said, note] = NO_CONNECTION.exec(details) ?? [];
  if (said === undefined) return undefined;
  if (NO_HTTP2.test(said))
    return ["MALFORMED_RESPONSE", ": it answered, but not in HTTP/2, as an HTTP/1 server does: it is no etcd member"];
  return ["UNAVAILABLE", `: ${printable(note ? `${said} (${note})` : said)}`];
}

function refusal(code: number, details: string): Meaning {
  const kind = kindOf(code, details);
  const advice = kind === "UNAUTHENTICATED" ? "; check the option auth (or the client certificate)" : "";
  return [kind, ` ended with gRPC status ${code}: ${printable(details)}${advice}`];
}

function kindOf(code: number, details: string): DiscoveryErrorCode {
  if (NOT_ALLOWED.some((text) => details.includes(text))) return "UNAUTHENTICATED";
  return TOO_LARGE.test(details) ? "MALFORMED_RESPONSE" : (CODES[code] ?? "UNAVAILABLE");
}

/** A server may say anything, also what moves the cursor of a terminal or begins a new line of a log. */
function printable(details: string): string {
  const text = details.length > MAX_DETAILS ? `${details.slice(0, MAX_DETAILS)}…` : details;
  return text.replace(/\p{C}+/gu, " ");
}

/** Whether a new token may help. Never throws. */
export function refusesToken(thrown: unknown): boolean {
  const { details } = statusOf(thrown);
  return TOKEN_REFUSED.some((text) => details.includes(text));
}

/** Whether etcd itself refused, in its own words: a gRPC server of another kind uses the same codes. Never throws. */
export function refusedByEtcd(thrown: unknown): boolean {
  const { details } = statusOf(thrown);
  return NOT_ALLOWED.some((text) => details === `etcdserver: ${text}`);
}

/** Whether the cluster works without tokens. Never throws. */
export function saysAuthIsOff(thrown: unknown): boolean {
  return statusOf(thrown).details.includes("authentication is not enabled");
}

/** The status of a gRPC error, read with care: anything may be thrown. */
function statusOf(thrown: unknown): { readonly code: number | undefined; readonly details: string } {
  try {
    const { code, details } = thrown as { code?: unknown; details?: unknown };
    return { code: typeof code === "number" ? code : undefined, details: typeof details === "string" ? details : "" };
  } catch {
    return { code: undefined, details: "" };
  }
}
