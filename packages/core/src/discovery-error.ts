/**
 * Every code an error of Rollcall can carry.
 *
 * - `INVALID_OPTIONS`: an option is unknown or out of bounds. Not retryable.
 * - `UNAVAILABLE`: nobody could be reached, or the cluster refuses for now. Retryable.
 * - `TIMEOUT`: no answer in time. Retryable.
 * - `UNAUTHENTICATED`: credentials are missing, wrong or not allowed to ask. Not retryable.
 * - `MALFORMED_RESPONSE`: the answer is not what the protocol promises. Retryable.
 * - `EMPTY_METADATA`: a valid answer that lists nobody usable. Retryable.
 * - `FOREIGN_CLUSTER`: the answer comes from another cluster. Not retryable.
 * - `HELD`: the guard holds the removals of a suspicious answer. Retryable.
 * - `ABORTED`: the caller's signal fired, or nobody waits any more. Not retryable.
 * - `CLOSED`: the poller has been closed. Not retryable.
 */
export type DiscoveryErrorCode =
  | "INVALID_OPTIONS"
  | "UNAVAILABLE"
  | "TIMEOUT"
  | "UNAUTHENTICATED"
  | "MALFORMED_RESPONSE"
  | "EMPTY_METADATA"
  | "FOREIGN_CLUSTER"
  | "HELD"
  | "ABORTED"
  | "CLOSED";

/** Shared by every copy of this package in a process. */
const BRAND = Symbol.for("rollcall.DiscoveryError");

const RETRYABLE: ReadonlySet<DiscoveryErrorCode> = new Set(["UNAVAILABLE", "TIMEOUT", "MALFORMED_RESPONSE", "EMPTY_METADATA", "HELD"]);

/** The one error class of Rollcall. Recognise it with {@link isDiscoveryError}, which works across package copies. */
export class DiscoveryError extends Error {
  /** `DiscoveryError`, of every copy of this package. */
  override readonly name: string = "DiscoveryError";
  /** What kind of failure it is. */
  readonly code: DiscoveryErrorCode;
  /** Who says so: a provider (`etcd`), `core`, or a source's key. */
  readonly source: string;
  /** Whether trying again can help; derived from the code. */
  readonly retryable: boolean;

  /**
   * @param code - what kind of failure it is
   * @param message - what was asked, of whom, what came back and what to do; never a secret
   * @param details - `source` names who says so; `cause` is kept as it is
   */
  constructor(code: DiscoveryErrorCode, message: string, details: { source: string; cause?: unknown }) {
    super(`[${details.source}] [${code}] ${message}`, "cause" in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.source = details.source;
    this.retryable = RETRYABLE.has(code);
  }

  static {
    Object.defineProperty(DiscoveryError.prototype, BRAND, { value: true });
  }
}

/** Whether a value is a {@link DiscoveryError}, of this or any other copy of the package. */
export function isDiscoveryError(value: unknown): value is DiscoveryError {
  try {
    return typeof value === "object" && value !== null && BRAND in value;
  } catch {
    return false; // a proxy that refuses to be looked at
  }
}

/**
 * A {@link DiscoveryError} for whatever was thrown: one is returned as it is, anything else (a string, `undefined`,
 * a hostile object) becomes `fallback` with the value kept as `cause`. Never throws.
 */
export function toDiscoveryError(thrown: unknown, source: string, fallback: DiscoveryErrorCode = "UNAVAILABLE"): DiscoveryError {
  if (isDiscoveryError(thrown)) return thrown;
  return new DiscoveryError(fallback, textOf(thrown), { source, cause: thrown });
}

/** The message of an error, or any other value as text. Never throws. An `AggregateError` of `connect` has no message, only a code. */
export function textOf(value: unknown): string {
  try {
    return String((value instanceof Error && (value.message || Object(value).code)) || value);
  } catch {
    return "something unprintable";
  }
}
