import type { Progress } from "./relay.js";

/** undici's own codes for a member that cannot be reached, hangs up, or accepts a request and is silent. */
const UNREACHABLE: ReadonlySet<unknown> = new Set(["UND_ERR_CONNECT_TIMEOUT", "UND_ERR_SOCKET", "UND_ERR_HEADERS_TIMEOUT"]);

/** What fails on a connection; other calls are those of a body, such as a file that cannot be opened. */
const SOCKET_CALLS: ReadonlySet<unknown> = new Set(["read", "write", "shutdown"]);

/** What a caller gave that can end its request. */
interface Given {
  readonly body?: unknown;
  readonly signal?: unknown;
}

/**
 * Whether the member may be why a request ended so. Not if the caller broke it off, unless the member had it and the time was up before any
 * answer came (`AbortSignal.timeout()` is the only limit that most users of `fetch` set); nor if its body failed. Before anything was
 * sent every error with a code is one of the connection, except those by which undici refuses the request.
 *
 * @param ownConnect - connections are made by a function of the user, whose errors need no code
 */
export function isMembersFault(error: unknown, { sent, answered, aborted }: Progress, given: Given, ownConnect: boolean): boolean {
  const { code, name, syscall } = (error ?? {}) as Readonly<Record<string, unknown>>;
  // undici 8 takes a request out of its queue without saying that the caller did.
  if (aborted || isReason(error, given.signal)) return sent && !answered && name === "TimeoutError";
  if (hasFailed(given.body)) return false;
  if (UNREACHABLE.has(code)) return true;
  if (sent) return SOCKET_CALLS.has(syscall);
  return typeof code === "string" ? !code.startsWith("UND_ERR_") : ownConnect;
}

function isReason(error: unknown, signal: unknown): boolean {
  return signal instanceof AbortSignal && signal.aborted && signal.reason === error;
}

/** A stream that the caller gave as body, and that broke. */
function hasFailed(body: unknown): boolean {
  const errored = (body as { readonly errored?: unknown } | null | undefined)?.errored;
  return errored !== undefined && errored !== null;
}
