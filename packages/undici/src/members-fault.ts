import type { Progress } from "./handler.js";

/** undici's own codes for a member that cannot be reached, hangs up, or accepts a request and is silent. */
const UNREACHABLE: ReadonlySet<unknown> = new Set(["UND_ERR_CONNECT_TIMEOUT", "UND_ERR_SOCKET", "UND_ERR_HEADERS_TIMEOUT"]);

/**
 * Whether the member may be why a request ended so. Not if the caller broke it off, unless its time was up before any answer came
 * (`AbortSignal.timeout()` is the only limit that most users of `fetch` set); nor if its body failed. Before anything was
 * sent every error is one of the connection, except those by which undici refuses the request.
 */
export function isMembersFault(error: unknown, { sent, answered, aborted }: Progress, body: unknown): boolean {
  const { code, name, syscall } = (error ?? {}) as Readonly<Record<string, unknown>>;
  if (aborted) return name === "TimeoutError" && !answered;
  if (hasFailed(body)) return false;
  if (UNREACHABLE.has(code)) return true;
  return sent ? typeof syscall === "string" : !String(code).startsWith("UND_ERR_");
}

/** A stream that the caller gave as body, and that broke. */
function hasFailed(body: unknown): boolean {
  const errored = (body as { readonly errored?: unknown } | null | undefined)?.errored;
  return errored !== undefined && errored !== null;
}
