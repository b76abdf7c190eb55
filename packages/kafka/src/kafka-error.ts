import { DiscoveryError, type DiscoveryErrorCode, isDiscoveryError } from "@rollcall/core";

/** The errors that answers of ours can carry, in Kafka's words; the numbers are those of `org.apache.kafka.common.protocol.Errors`. */
const NAMES: Readonly<Record<number, string>> = {
  [-1]: "UNKNOWN_SERVER_ERROR",
  3: "UNKNOWN_TOPIC_OR_PARTITION",
  5: "LEADER_NOT_AVAILABLE",
  7: "REQUEST_TIMED_OUT",
  9: "REPLICA_NOT_AVAILABLE",
  17: "INVALID_TOPIC_EXCEPTION",
  29: "TOPIC_AUTHORIZATION_FAILED",
  31: "CLUSTER_AUTHORIZATION_FAILED",
  35: "UNSUPPORTED_VERSION",
  42: "INVALID_REQUEST",
  72: "LISTENER_NOT_FOUND",
  100: "UNKNOWN_TOPIC_ID",
  114: "MISMATCHED_ENDPOINT_TYPE",
  115: "UNSUPPORTED_ENDPOINT_TYPE",
  129: "REBOOTSTRAP_REQUIRED",
};

/** Kafka's name of an error code; `undefined` for 0, which is none, and `error n` for one without a name here. */
export function errorName(code: number): string | undefined {
  return code === 0 ? undefined : (NAMES[code] ?? `error ${code}`);
}

/** What to say of an address where no broker can ever be found. */
export const CONTROLLER_LISTENER = "this is a controller's listener, which does not list the brokers; give the address of a broker";

/** Kafka's errors, in answers or in the driver's handshakes, and the driver's and Node's own, that mean something else than "not now". */
const CODES: ReadonlyMap<string, DiscoveryErrorCode> = new Map(
  Object.entries<DiscoveryErrorCode>({
    ETIMEDOUT: "TIMEOUT",
    KafkaJSRequestTimeoutError: "TIMEOUT",
    REQUEST_TIMED_OUT: "TIMEOUT",
    KafkaJSSASLAuthenticationError: "UNAUTHENTICATED",
    KafkaJSServerDoesNotSupportApiKey: "UNAUTHENTICATED", // of kafkajs's own requests here only those of SASL are used
    TOPIC_AUTHORIZATION_FAILED: "UNAUTHENTICATED",
    CLUSTER_AUTHORIZATION_FAILED: "UNAUTHENTICATED",
    UNSUPPORTED_SASL_MECHANISM: "UNAUTHENTICATED",
    ILLEGAL_SASL_STATE: "UNAUTHENTICATED",
    SASL_AUTHENTICATION_FAILED: "UNAUTHENTICATED",
    UNSUPPORTED_VERSION: "MALFORMED_RESPONSE",
    INVALID_REQUEST: "MALFORMED_RESPONSE",
    MISMATCHED_ENDPOINT_TYPE: "MALFORMED_RESPONSE",
    UNSUPPORTED_ENDPOINT_TYPE: "MALFORMED_RESPONSE",
  }),
);

/**
 * What an answer with an error code for all of it means. Its cause carries the code.
 *
 * @param asked - the request, for the message
 * @param said - the broker's own words, if it had any
 */
export function answerError(code: number, asked: string, said = ""): DiscoveryError {
  const name = errorName(code) ?? "error 0";
  const cause = Object.assign(new Error(said || name), { code });
  const text = code === 114 || code === 115 ? `: ${CONTROLLER_LISTENER}` : said && `: ${said}`;
  return new DiscoveryError(CODES.get(name) ?? "UNAVAILABLE", `${asked} was answered with ${name}${text}`, { source: "kafka", cause });
}

/** Whether a broker told its client to begin anew with the seeds (KIP-1102), as answers to Metadata 13 can. Never throws. */
export function saysRebootstrap(thrown: unknown): boolean {
  return isDiscoveryError(thrown) && read(thrown.cause).code === 129;
}

/**
 * A {@link DiscoveryError} for whatever an exchange with a broker ended with. Total: a `DiscoveryError` is returned as it is, what cannot be
 * classified is `UNAVAILABLE`, and nothing is thrown. A certificate that one side refuses is `UNAVAILABLE`, with the reason in the message. Of Node's
 * complaint about a value, which may be a key or a password, the value is kept neither in the message nor in the cause.
 *
 * @param asked - whom, or what, for the message
 */
export function kafkaError(thrown: unknown, asked: string): DiscoveryError {
  if (isDiscoveryError(thrown)) return thrown;
  const { name, type, code, text: said } = read(thrown);
  const text = said.replace(RECEIVED, "");
  const cause = text === said ? thrown : Object.assign(new Error(text), { code });
  const kind = [type, name, code].map((mark) => CODES.get(String(mark))).find((known) => known !== undefined) ?? "UNAVAILABLE";
  return new DiscoveryError(kind, `${asked}: ${text}${advice(kind, `${name} ${code}`)}`, { source: "kafka", cause });
}

/** How Node's complaints about a value end (`lib/internal/errors.js`). */
const RECEIVED = /\. Received .*/s;

/** What to say of a connection that somebody else closed. */
export const CLOSING_HINT =
  "a listener does that to a client whose TLS or SASL is not what it expects: check ssl and sasl in the option client, or it is no Kafka broker";

function advice(kind: DiscoveryErrorCode, marks: string): string {
  if (kind === "UNAUTHENTICATED") return "; check sasl in the option client";
  if (/CERT|ALTNAME|SELF_SIGNED|UNABLE_TO|ERR_O?SSL|ERR_TLS|EPROTO/.test(marks)) return "; check ssl in the option client";
  return /KafkaJSConnectionClosedError|ECONNRESET|EPIPE/.test(marks) ? `; ${CLOSING_HINT}` : "";
}

/** What is read of an error: with care, since anything may be thrown. */
interface Read {
  readonly name?: string | number | undefined;
  readonly type?: string | number | undefined;
  readonly code?: string | number | undefined;
  readonly text: string;
}

function read(thrown: unknown): Read {
  try {
    const { name, type, code, message, errors, library, reason } = Object(thrown) as Record<string, unknown>;
    const marks = { name: mark(name), type: mark(type), code: mark(code) };
    // The message of OpenSSL names the thread, and the files it was made of.
    if (typeof library === "string" && typeof reason === "string") return { ...marks, text: `${reason} (${library})` };
    // Node tries every address of a name, and then throws an AggregateError without a message.
    const text = message || (Array.isArray(errors) ? errors.map(textOf).join(", ") : textOf(thrown));
    return { ...marks, text: String(text) };
  } catch {
    return { text: "something unprintable" };
  }
}

/** Anything else says nothing, and may not even be printed. */
function mark(value: unknown): string | number | undefined {
  return typeof value === "string" || typeof value === "number" ? value : undefined;
}

function textOf(value: unknown): string {
  return String(value instanceof Error ? value.message : value);
}
