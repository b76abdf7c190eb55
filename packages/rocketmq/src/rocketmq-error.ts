import { DiscoveryError, type DiscoveryErrorCode, isDiscoveryError } from "@rollcall/core";
import { RESPONSE, responseName } from "./protocol/request-codes.js";
import type { RemotingAnswer } from "./rocketmq-transport.js";

/** What to say of a connection that the server closed before it had answered anything: `NettyRemotingServer.java` does so at a first byte that it does not expect. */
export const CLOSING_HINT =
  "a server does that to a client whose TLS is not what it expects: check the option tls, or it is no RocketMQ server";

const NOT_NOW: ReadonlySet<number> = new Set([RESPONSE.SYSTEM_BUSY, RESPONSE.SERVICE_NOT_AVAILABLE, RESPONSE.GO_AWAY]);

/**
 * What an answer means that is no success; with its code and remark. `SYSTEM_ERROR`, which "not ready" comes with, `SYSTEM_BUSY`, `SERVICE_NOT_AVAILABLE` and `GO_AWAY` are
 * `UNAVAILABLE`: another server may answer. `NO_PERMISSION` is `UNAUTHENTICATED`, everything else `MALFORMED_RESPONSE`.
 *
 * @param asked - what was asked, of whom
 */
export function refusedAnswer({ code, remark = "" }: RemotingAnswer, asked: string): DiscoveryError {
  const said = `${asked} was answered with ${responseName(code)}${remark && `: ${printable(remark)}`}`;
  if (isNotReady({ code, remark })) return refused("UNAVAILABLE", `${said}; it has just started, and waits for brokers to register`);
  if (NOT_NOW.has(code) || code === RESPONSE.SYSTEM_ERROR) return refused("UNAVAILABLE", said);
  if (code === RESPONSE.NO_PERMISSION) return refused("UNAUTHENTICATED", `${said}; check the option acl`);
  const stranger = code === RESPONSE.REQUEST_CODE_NOT_SUPPORTED;
  return refused(
    "MALFORMED_RESPONSE",
    stranger ? `${said}; it does not know this request: a broker's or proxy's port, not a nameserver's` : said,
  );
}

/** Whether a nameserver says that it does not know the topic. It says so too while it waits for the first brokers to register. */
export function isTopicMissing({ code }: RemotingAnswer): boolean {
  return code === RESPONSE.TOPIC_NOT_EXIST;
}

/**
 * Whether whoever answers so would answer any other question so, too: it is busy, stopping, not ready, or no nameserver. Any other `SYSTEM_ERROR` is what it came across at this one
 * question.
 */
export function isRefusingAll({ code, remark }: RemotingAnswer): boolean {
  return NOT_NOW.has(code) || code === RESPONSE.REQUEST_CODE_NOT_SUPPORTED || isNotReady({ code, remark });
}

function isNotReady({ code, remark = "" }: Pick<RemotingAnswer, "code" | "remark">): boolean {
  return code === RESPONSE.SYSTEM_ERROR && /not ready/i.test(remark);
}

function refused(code: DiscoveryErrorCode, text: string): DiscoveryError {
  return new DiscoveryError(code, text, { source: "rocketmq" });
}

/** What the marks of an error mean (its name and `code`: Node's, and OpenSSL's in `X509_verify_cert_error_string` and alerts), and what to do; the first that fits. */
const MEANINGS: readonly (readonly [marks: RegExp, code: DiscoveryErrorCode, advice: string])[] = [
  [/TimeoutError|ETIMEDOUT/, "TIMEOUT", ""],
  [/AbortError/, "ABORTED", ""],
  [
    /ALERT_(\w*CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/,
    "UNAUTHENTICATED",
    "the server wants another certificate of its client: check tls.cert and tls.key",
  ],
  [/_ALERT_/, "UNAVAILABLE", "the server refuses the handshake, as one does that wants a certificate of its client: check the option tls"],
  [/ALTNAME|HOSTNAME_MISMATCH/, "UNAVAILABLE", "if it is the right server, give a name that its certificate carries in tls.serverName"],
  [/EXPIRED|NOT_YET_VALID/, "UNAVAILABLE", "the server needs a certificate that is valid now"],
  [/SELF_SIGNED|UNABLE_TO|\bCERT_|INVALID_CA/, "UNAVAILABLE", "give the authority that signed the server's certificate in tls.ca"],
  [/ERR_O?SSL|ERR_TLS|EPROTO/, "UNAVAILABLE", "check the option tls; the server may speak no TLS"],
  [/ECONNRESET|EPIPE/, "UNAVAILABLE", CLOSING_HINT],
];

/**
 * A {@link DiscoveryError} for whatever an exchange ended with. Total: a `DiscoveryError` is returned as it is, what cannot be classified is `UNAVAILABLE`, and nothing
 * is thrown. A certificate of the server that is refused here is `UNAVAILABLE`, since another server may have a better one; one of ours that the server refuses is
 * `UNAUTHENTICATED`. Of Node's complaint about a value, which may be a key, the value is kept neither in the message nor in the cause.
 *
 * @param asked - whom, or what, for the message
 */
export function rocketmqError(thrown: unknown, asked: string): DiscoveryError {
  if (isDiscoveryError(thrown)) return thrown;
  const { marks, text: said } = read(thrown);
  const text = said.replace(RECEIVED, "");
  const cause = text === said ? thrown : new Error(text);
  const [, code = "UNAVAILABLE", advice = ""] = MEANINGS.find(([pattern]) => pattern.test(marks)) ?? [];
  return new DiscoveryError(code, `${asked}: ${printable(text)}${advice && `; ${advice}`}`, { source: "rocketmq", cause });
}

/** How Node's complaints about a value end (`lib/internal/errors.js`). */
const RECEIVED = /\. Received .*/s;

/**
 * What somebody else said, in one line that can be logged: control characters become blanks, and the rest is cut.
 *
 * @param maxLength - in characters. Default 200
 */
export function printable(text: string, maxLength = 200): string {
  const line = text
    .slice(0, 2 * maxLength)
    .replace(/[\p{C}\p{Z}]+/gu, " ")
    .trim();
  return line.length > maxLength || text.length > 2 * maxLength ? `${line.slice(0, maxLength)}…` : line;
}

/** Read with care, since anything may be thrown. */
function read(thrown: unknown): { readonly marks: string; readonly text: string } {
  try {
    const { name, code, message, errors, library, reason } = Object(thrown) as Record<string, unknown>;
    const marks = [name, code].filter((mark) => typeof mark === "string").join(" ");
    // The message of OpenSSL names the thread, and the files it was made of.
    if (typeof library === "string" && typeof reason === "string") return { marks, text: `${reason} (${library})` };
    // Node tries every address of a name, and then throws an AggregateError without a message.
    return { marks, text: String(message || (Array.isArray(errors) ? errors.map(textOf).join(", ") : textOf(thrown))) };
  } catch {
    return { marks: "", text: "something unprintable" };
  }
}

function textOf(value: unknown): string {
  return String(value instanceof Error ? value.message : value);
}
