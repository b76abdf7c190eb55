import { DiscoveryError, type DiscoveryErrorCode, isDiscoveryError } from "@rollcall/core";

/** What the name or `code` of an error means where it is not "not now": Node's own, and those of its HTTP parser (`HPE_…`). */
const MEANINGS: readonly (readonly [mark: RegExp, code: DiscoveryErrorCode])[] = [
  [/ETIMEDOUT|TimeoutError/, "TIMEOUT"],
  [/AbortError/, "ABORTED"],
  [/HPE_/, "MALFORMED_RESPONSE"],
];

/**
 * A {@link DiscoveryError} for whatever a request ended with. Total: a `DiscoveryError` is returned as it is, what cannot be classified is
 * `UNAVAILABLE`, and nothing is thrown.
 *
 * @param asked - what was asked, for the message
 */
export function acmeDbError(thrown: unknown, asked: string): DiscoveryError {
  if (isDiscoveryError(thrown)) return thrown;
  const { marks, text } = read(thrown);
  const [, code = "UNAVAILABLE"] = MEANINGS.find(([mark]) => mark.test(marks)) ?? [];
  return acmeDbRefusal(code, `${asked}: ${text}`, thrown);
}

/**
 * What a status that is no success means. The advice is for whoever reads the log.
 *
 * @param asked - what was asked, for the message
 */
export function refusedStatus(status: number, asked: string): DiscoveryError {
  const said = `${asked} was answered with status ${status}`;
  if (status === 401 || status === 403) return acmeDbRefusal("UNAUTHENTICATED", `${said}; check the option token`);
  if (status === 429 || status >= 500) return acmeDbRefusal("UNAVAILABLE", said);
  return acmeDbRefusal("MALFORMED_RESPONSE", `${said}; is this a member of acme-db?`);
}

/** An error of this package. */
export function acmeDbRefusal(code: DiscoveryErrorCode, message: string, cause?: unknown): DiscoveryError {
  return new DiscoveryError(code, message, { source: "acme-db", ...(cause === undefined ? {} : { cause }) });
}

/** Read with care, since anything may be thrown. */
function read(thrown: unknown): { readonly marks: string; readonly text: string } {
  try {
    const { name, code, message, errors } = Object(thrown) as Record<string, unknown>;
    const marks = [name, code].filter((mark) => typeof mark === "string").join(" ");
    // Node tries every address of a name, and then throws an AggregateError without a message.
    return { marks, text: String(message || (Array.isArray(errors) ? errors.map(textOf).join(", ") : thrown)) };
  } catch {
    return { marks: "", text: "something unprintable" };
  }
}

function textOf(value: unknown): string {
  return String(value instanceof Error ? value.message : value);
}
