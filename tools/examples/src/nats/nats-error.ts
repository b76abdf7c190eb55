import { DiscoveryError, type DiscoveryErrorCode, isDiscoveryError } from "@rollcall/core";

/** An error of this provider. */
export function natsRefusal(code: DiscoveryErrorCode, message: string, cause?: unknown): DiscoveryError {
  return new DiscoveryError(code, message, { source: "nats", cause });
}

/** What an `-ERR` line means. The texts are those of `server/errors.go`. */
export function saidError(line: string): DiscoveryError {
  const said = `the server says ${line.slice(0, 200)}`;
  if (/authorization|authentication|permissions/i.test(line)) return natsRefusal("UNAUTHENTICATED", said);
  if (/maximum connections|shutdown|stale|timeout/i.test(line)) return natsRefusal("UNAVAILABLE", said);
  return natsRefusal("MALFORMED_RESPONSE", said);
}

/** An error for whatever was thrown while a server was asked: what has a code keeps it, everything else is the network. */
export function natsError(thrown: unknown): DiscoveryError {
  if (isDiscoveryError(thrown)) return thrown;
  const { code, message } = thrown instanceof Error ? (thrown as NodeJS.ErrnoException) : { code: undefined, message: String(thrown) };
  return natsRefusal("UNAVAILABLE", `it cannot be reached: ${code ?? message}`, thrown);
}
